import { globSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { PROJECT } from '../../../dev/build-worker.ts'
import { filledRow, standardOf, standardRow } from '../../../src/core/records/standard-row.ts'
import { column } from '../../fixtures/board.ts'

const columns = [
  column('id'),
  column('hint', { nullable: true, default: 'none' }),
  column('note', { nullable: true }),
  column('votes', { type: 'integer', default: 0 }),
]

it('REC-17 what nothing is said of holds its default, and a null that is said stays null', () => {
  expect(columns.map(standardOf)).toEqual([null, 'none', null, 0])
  expect(filledRow({ columns }, { id: 'a' })).toEqual({ id: 'a', hint: 'none', note: null, votes: 0 })
  expect(filledRow({ columns }, { hint: null, votes: 3, gone: 1 })).toEqual({
    ...standardRow({ columns }),
    hint: null,
    votes: 3,
  })
})

it('REC-17 one file says what stands for a value that nobody gave', () => {
  const readsDefault = /\bdefault: *(standard|value)\b|\.default\b(?!\()/
  const readers = globSync('{src,client/src}/**/*.ts', { cwd: PROJECT }).filter((file) =>
    readsDefault.test(readFileSync(`${PROJECT}/${file}`, 'utf8')),
  )
  expect(readers.toSorted()).toEqual([
    // These two say what a column's default is.
    'src/core/app/notification-collections.ts',
    'src/core/records/standard-row.ts',
    'src/define/describe-table.ts',
  ])
})
