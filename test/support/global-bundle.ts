import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { buildWeb } from '../../dev/build-web.ts'
import { buildWorker } from '../../dev/build-worker.ts'
import { BUNDLE } from './stack.ts'

/** Builds page and Worker once, for all stacks of a run: the page has one folder, which two must not build at once. */
export default async function setup(): Promise<() => Promise<void>> {
  if (process.env[BUNDLE] !== undefined) return async () => {}
  const directory = await mkdtemp(join(tmpdir(), 'tidemark-bundle-'))
  await buildWeb()
  const file = join(directory, 'worker.js')
  await writeFile(file, await buildWorker())
  process.env[BUNDLE] = file
  return async () => {
    delete process.env[BUNDLE]
    await rm(directory, { recursive: true, force: true })
  }
}
