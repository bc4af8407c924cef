import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { PROJECT } from '../../dev/build-worker.ts'
import { indexOf, referenceDocuments } from '../../dev/reference/documents.ts'
import { SECTIONS } from '../../dev/reference/error-words.ts'
import { readLimits } from '../../dev/reference/limits-table.ts'
import { ERRORS } from '../../src/protocol/errors.ts'

const read = (path: string) => readFileSync(join(PROJECT, path), 'utf8')

it('DOC-1 what is said of errors and limits is what the constants say', async () => {
  for (const [path, text] of await referenceDocuments()) expect(read(path), path).toBe(text)
})

it('DOC-1 every code has its words, once', () => {
  const documented = SECTIONS.flatMap(([, codes]) => Object.keys(codes))
  expect(documented.toSorted()).toEqual(Object.keys(ERRORS).toSorted())
})

it('DOC-1 a limit without a unit and a reason cannot be documented', () => {
  const source = '/** Bytes of one frame. */\nexport const MAX_FRAME = 5\nexport const MAX_OTHER = 6\n'
  expect(readLimits(source, { MAX_FRAME: 5 })).toEqual([
    { name: 'MAX_FRAME', value: 5, words: 'Bytes of one frame.' },
  ])
  expect(() => readLimits(source, { MAX_FRAME: 5, MAX_OTHER: 6 })).toThrow('MAX_OTHER')
  expect(() => readLimits(source, { MAX_FRAME: '5' })).toThrow('MAX_FRAME')
})

it('DOC-2 the index has every document, with its title and what it is about', () => {
  const paths = globSync('docs/*.md', { cwd: PROJECT }).toSorted()
  const index = read('docs/llms.txt')
  expect(index).toBe(indexOf(new Map(paths.map((path) => [path, read(path)]))))
  expect(index.split('\n').filter((line) => line.startsWith('- '))).toHaveLength(paths.length)
})
