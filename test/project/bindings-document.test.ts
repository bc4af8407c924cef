import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'

const read = (path: string) => readFileSync(resolve(import.meta.dirname, '../..', path), 'utf8')
const linesOf = (text: string) =>
  text
    .split('\n')
    .map((line) => (line.split(' //')[0] ?? '').trim())
    .filter((line) => line !== '')

const compiled = linesOf(read('client/test/bindings/documented.test-d.ts'))

/** Blocks of a document that are about a client; the declaration of an application has a test of its own. */
const blocksOf = (path: string) =>
  [...read(path).matchAll(/```ts\n([\s\S]*?)```/g)].map(([, block = '']) => linesOf(block)).filter(isOfClient)

function isOfClient(lines: readonly string[]): boolean {
  return !lines.some((line) => line.startsWith('.collection('))
}

it.each([
  ['docs/bindings.md', 8],
  ['docs/cache.md', 2],
])('BND-13 the examples of %s are ones that the compiler reads', (path, least) => {
  const blocks = blocksOf(path)
  expect(blocks.length).toBeGreaterThanOrEqual(least)
  expect(blocks.flat().filter((line) => !compiled.includes(line))).toEqual([])
})

it('BND-13 the sizes that docs/bindings.md names are those that are held', () => {
  const manifest: unknown = JSON.parse(read('client/package.json'))
  const limits = Object(manifest)['size-limit']
  const rows = [...read('docs/bindings.md').matchAll(/^\| `@tidemark\/client\/([a-z-]+)` \|.*\| (\d+) \|$/gm)]
  expect(rows.length).toBeGreaterThanOrEqual(5)
  for (const [, name, bytes] of rows)
    expect(limits).toContainEqual(expect.objectContaining({ name, limit: `${Number(bytes) / 1_000} kB` }))
})
