import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { app } from './merging-example.ts'

const read = (path: string) => readFileSync(resolve(import.meta.dirname, '../..', path), 'utf8')

/** Without breaks and indents, which differ. */
const plain = (text: string | undefined) => text?.replace(/\s+/g, ' ').trim()

it('MRG-7 the example of the documents compiles, and is what is declared there', () => {
  const [, declared] =
    /\/\/ The example\.\n([\s\S]*)\/\/ Its end\./.exec(read('test/define/merging-example.ts')) ?? []
  const [, told] = /```ts\n([\s\S]*?)```/.exec(read('docs/merging.md')) ?? []
  expect(plain(told)).toBe(plain(declared))
  const policies = app.manifest.collections.flatMap(({ columns }) => columns.map(({ policy }) => policy.kind))
  for (const kind of new Set(policies)) expect(read('docs/merging.md')).toContain(`\`${kind}(`)
})
