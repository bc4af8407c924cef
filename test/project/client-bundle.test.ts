import { join } from 'node:path'
import { expect, it } from 'vitest'
import { PROJECT } from '../../dev/build-worker.ts'
import { bundleScript } from '../../dev/harness/client-bundle.ts'

/** Files of the parts, of a trace, and of what is loaded where a text is edited. */
const OF_PARTS = /^client\/src\/(conflicts|notifications|presence|history|text|disk|trace|devtools)[/.]/

/** A page that makes a client with these parts, from the sources. */
const pageWith = (...parts: string[]) =>
  bundleScript(
    [
      "import { createClient } from '@tidemark/client'",
      ...parts.map((part) => `import { ${part} } from '@tidemark/client/${part}'`),
      `globalThis.db = createClient({ url: '/', tenant: 'acme', getToken: () => null, parts: [${parts
        .map((part) => `${part}()`)
        .join()}] })`,
    ].join('\n'),
    { folder: join(PROJECT, 'examples/invoices/web'), conditions: ['@tidemark/source'] },
  )

const pageWithDisk = () =>
  bundleScript(
    [
      "import { createClient } from '@tidemark/client'",
      "import { indexedDb } from '@tidemark/client/indexeddb'",
      "globalThis.db = createClient({ url: '/', tenant: 'acme', getToken: () => null, persist: indexedDb() })",
    ].join('\n'),
    { folder: join(PROJECT, 'examples/invoices/web'), conditions: ['@tidemark/source'] },
  )

const roomsOf = (modules: readonly string[]) =>
  [...new Set(modules.flatMap((path) => OF_PARTS.exec(path)?.[1] ?? []))].toSorted()

it('SIZ-1 what createClient does not name is not in the bundle', async () => {
  const alone = await pageWith()
  expect(alone.modules).toContain('client/src/runtime.ts')
  expect(roomsOf(alone.modules)).toEqual([])
})

/** Files that a page needs later, or never. */
const LATER =
  /^client\/src\/(edits\/(composer|draft|edits)|later|loaded|transport\/(events-opener|network|transport|fallback)|session\/session|queue\/queue|replica\/(memory|replica|author-view))\.ts$|^src\/core\/(merge|text)\/|partysocket|valibot/

it('SIZ-12 what edits are made by, and what opens sockets, are not loaded before a page runs', async () => {
  const { initialModules, modules } = await pageWith()
  expect(initialModules.filter((path) => LATER.test(path))).toEqual([])
  for (const path of ['edits/composer', 'transport/events-opener', 'replica/author-view'])
    expect(modules).toContain(`client/src/${path}.ts`)
  expect(modules.filter((path) => /^src\/core\/text\/|valibot/.test(path))).toEqual([])
})

/**
 * Bytes, minified and gzipped, that a client without parts may have, before a page runs and in all; and what a disk may
 * add to that.
 */
const MOST = { initial: 14_520, total: 35_840, disk: 11_560 } as const

it('SIZ-13 a client is no heavier than it was', async () => {
  const { initial, total } = await pageWith()
  const disk = (await pageWithDisk()).total - total
  const sizes = { initial, total, disk }
  const isWithin = [initial <= MOST.initial, total <= MOST.total, disk <= MOST.disk]
  expect([sizes, ...isWithin]).toEqual([sizes, true, true, true])
})

it.each(['conflicts', 'notifications', 'presence', 'history'])(
  'SIZ-1 a page that names %s has that and no other part, and no schema library (SIZ-12)',
  async (part) => {
    const { modules } = await pageWith(part)
    expect(roomsOf(modules)).toEqual([part])
    expect(modules.filter((path) => path.includes('valibot'))).toEqual([])
  },
)

it('SIZ-1 a page that names a disk has that, and one that does not has nothing of it, nor of sharing', async () => {
  const { modules } = await pageWithDisk()
  expect(roomsOf(modules)).toEqual(['disk'])
  const alone = await pageWith()
  expect(alone.modules.filter((path) => path.includes('/idb/') || path.includes('src/tabs/'))).toEqual([])
})

it('SIZ-1 a page that names a trace has that, and one that does not has nothing of it', async () => {
  const { modules } = await bundleScript(
    [
      "import { createClient } from '@tidemark/client'",
      "import { devtools } from '@tidemark/client/devtools'",
      "globalThis.db = createClient({ url: '/', tenant: 'acme', getToken: () => null, trace: devtools() })",
    ].join('\n'),
    { folder: join(PROJECT, 'examples/invoices/web'), conditions: ['@tidemark/source'] },
  )
  expect(roomsOf(modules)).toEqual(['devtools', 'trace'])
  expect(modules.filter((path) => path.includes('valibot'))).toEqual([])
})
