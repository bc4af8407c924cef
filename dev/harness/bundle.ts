import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { buildWorker } from '../build-worker.ts'
import type { Application } from './application.ts'

/** Bundled once per process and module: several stacks run the same page and the same Worker. */
const scripts = new Map<string, Promise<string>>()

/** The environment variable that names an application's bundle, where one was made with its page beforehand. */
const variableOf = ({ name }: Application) => `TIDEMARK_BUNDLE_${name}`

/**
 * The bundle of an application's Worker.
 *
 * @param entry another module than the application's own, to bundle with its settings instead
 */
export function bundleOf(application: Application, entry?: string): Promise<string> {
  const key = `${application.name} ${entry}`
  const script = scripts.get(key) ?? makeScript(application, entry)
  scripts.set(key, script)
  return script
}

async function makeScript(application: Application, entry: string | undefined): Promise<string> {
  const made = process.env[variableOf(application)]
  if (made === undefined) await application.buildPage?.()
  else if (entry === undefined) return readFile(made, 'utf8')
  return buildWorker({ config: application.config, ...(entry !== undefined && { entry }) })
}

/**
 * Builds an application's page and Worker for all processes that this one starts: the page has one folder, which
 * two must not build at once. Returns how to remove the bundle.
 */
export async function bundleBeforehand(application: Application): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'tidemark-bundle-'))
  await application.buildPage?.()
  const file = join(directory, 'worker.js')
  await writeFile(file, await buildWorker({ config: application.config }))
  process.env[variableOf(application)] = file
  return () => rm(directory, { recursive: true, force: true })
}
