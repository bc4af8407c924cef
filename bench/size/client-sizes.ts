import { execFile } from 'node:child_process'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { bundleScript } from '../../dev/harness/client-bundle.ts'
import { rounded } from '../load/numbers.ts'

const CLIENT = fileURLToPath(new URL('../../client/', import.meta.url))

/** Where an application is that has the packed client installed. */
const APPLICATION = fileURLToPath(new URL('../../examples/invoices/web/', import.meta.url))

/** What comes from outside, and is not counted: what an application has anyway. */
const EXTERNAL = [
  'react',
  'vue',
  'svelte/reactivity',
  'solid-js',
  '@tanstack/query-core',
  '@tanstack/db',
  'yjs',
] as const

/** A page: its script exports nothing, so that what later chunks share with it stays in it. */
const ALONE = "import { createClient } from '@tidemark/client'\nglobalThis.used = [createClient]"

export type ClientSizes = {
  /** What is loaded before a page runs, of a client without any part. */
  readonly initialKb: number
  /** All of it. */
  readonly totalKb: number
  /** What each entry of the package adds to that; those that are not there are missing. */
  readonly addedKb: Readonly<Record<string, number>>
}

const toKb = (bytes: number) => rounded(bytes / 1_000)

/** Builds the client as it is published, and bundles it as an application would: minified and gzipped. */
export async function measureClient(entries: readonly string[]): Promise<ClientSizes> {
  await promisify(execFile)('npm', ['run', 'build'], { cwd: CLIENT })
  const measure = (script: string) => bundleScript(script, { folder: APPLICATION, external: EXTERNAL })
  const { initial, total } = await measure(ALONE)
  const addedKb: Record<string, number> = {}
  for (const entry of entries) {
    if (!(await isThere(join(CLIENT, 'dist', `${entry}.js`)))) continue
    const withIt = await measure(
      `import * as more from '@tidemark/client/${entry}'\n${ALONE}\nglobalThis.used.push(more)`,
    )
    addedKb[entry] = toKb(withIt.total - total)
  }
  return { initialKb: toKb(initial), totalKb: toKb(total), addedKb }
}

const isThere = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )
