import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'

const read = (path: string) => readFileSync(resolve(import.meta.dirname, '../..', path), 'utf8')

/** What lines say, however they are laid out; the first makes the client, which the test does in its own way. */
const linesOf = (text: string) =>
  text
    .split('\n')
    .map((line) => (line.split(' //')[0] ?? '').replaceAll(/\s+/g, ' ').trim())
    .filter((line) => line !== '' && !line.startsWith('const db ='))

it('OFF-30 each line of the example of docs/offline.md is one that was run', () => {
  const [, shown = ''] = /```ts\n([\s\S]*?)```/.exec(read('docs/offline.md')) ?? []
  const run = linesOf(read('client/test/disk/documented.test.ts')).join(' ')
  expect(linesOf(shown).length).toBeGreaterThan(8)
  expect(linesOf(shown).filter((line) => !run.includes(line))).toEqual([])
})
