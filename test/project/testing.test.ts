import { expect, it } from 'vitest'
import { bundleScript } from '../../dev/harness/client-bundle.ts'
import { readDocument } from './house/sources.ts'

/** What the example names in the repository, and what an application does. */
const NAMES = {
  "'../../../test/fixtures/board/sync.ts'": "'../src/app'",
  "'../../src/testing/index.ts'": "'@tidemark/client/testing'",
  "it('TST-14 ": "it('",
}

it('TST-14 the example of docs/testing.md is the one that is compiled and run', () => {
  const [, shown = ''] = /```ts\n([\s\S]*?)```/.exec(readDocument('docs/testing.md')) ?? []
  let run = readDocument('client/test/testing/example.test.ts')
  for (const [here, there] of Object.entries(NAMES)) run = run.replace(here, there)
  expect(shown).toBe(run)
  expect(shown.split('\n').length).toBeGreaterThan(20)
})

it('TST-13 the testing kit is of the client, the core and the protocol, and a bundle for browsers lacks nothing', async () => {
  const { modules } = await bundleScript(
    "import { createTestTenant } from './client/src/testing/index.ts'\nglobalThis.make = createTestTenant",
  )
  const own = /^(entry\.ts$|client\/src\/|src\/core\/|src\/protocol\/|node_modules\/(valibot|yjs|lib0)\/)/
  expect(modules).toContain('client/src/testing/test-tenant.ts')
  expect(modules).toContain('src/core/edits/receive.ts')
  expect(modules.filter((path) => !own.test(path) && !path.includes('rolldown/runtime'))).toEqual([])
})
