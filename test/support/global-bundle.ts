import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { buildWeb } from '../../dev/build-web.ts'
import { buildWorker } from '../../dev/build-worker.ts'
import { BUNDLE } from './stack.ts'

const MADE = Symbol.for('the bundle of this run')

/** Shared by all projects of a run, each of which loads this module for itself. */
const run: typeof globalThis & { [MADE]?: Promise<string> } = globalThis

/** Builds page and Worker once, for all stacks of a run: the page has one folder, which two must not build at once. */
export default async function setup(): Promise<() => Promise<void>> {
  run[MADE] ??= build()
  const directory = await run[MADE]
  return () => rm(directory, { recursive: true, force: true })
}

/** Returns the folder with the bundle, whose name is told to every process of the run. */
async function build(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'tidemark-bundle-'))
  await buildWeb()
  const file = join(directory, 'worker.js')
  await writeFile(file, await buildWorker())
  process.env[BUNDLE] = file
  return directory
}
