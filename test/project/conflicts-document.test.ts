import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'

const read = (path: string) => readFileSync(resolve(import.meta.dirname, '../..', path), 'utf8')
const linesOf = (text: string) =>
  text
    .split('\n')
    .map((line) => (line.split(' //')[0] ?? '').trim())
    .filter((line) => line !== '')

it('CNF-62 the example of docs/conflicts.md is one that the compiler reads', () => {
  const [, shown = ''] = /```ts\n([\s\S]*?)```/.exec(read('docs/conflicts.md')) ?? []
  const compiled = linesOf(read('client/test/conflicts/documented.test-d.ts'))
  expect(linesOf(shown).length).toBeGreaterThan(5)
  expect(linesOf(shown).filter((line) => !compiled.includes(line))).toEqual([])
})
