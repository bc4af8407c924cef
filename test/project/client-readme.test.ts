import { expect, it } from 'vitest'
import { readDocument } from './house/sources.ts'

/** What the example imports in the repository, and what an application does. */
const PATHS = {
  "'../../../../test/fixtures/board/sync.ts'": "'../src/app'",
  "'../../../src/index.ts'": "'@tidemark/client'",
  "'../../../src/react.ts'": "'@tidemark/client/react'",
}

it('RCT-7 the example of the client’s README is the one that is compiled and run, of twenty lines at most', () => {
  const [, shown = ''] = /```tsx\n([\s\S]*?)```/.exec(readDocument('client/README.md')) ?? []
  let compiled = readDocument('client/test/react/example/page.tsx')
  for (const [here, there] of Object.entries(PATHS)) compiled = compiled.replace(here, there)
  expect(shown).toBe(compiled)
  const lines = shown.split('\n').filter((line) => line !== '')
  expect([lines.length > 10, lines.length <= 20]).toEqual([true, true])
})
