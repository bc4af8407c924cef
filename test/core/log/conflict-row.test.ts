import { expect, it } from 'vitest'
import { conflictRows } from '../../../src/core/log/conflict-row.ts'
import type { Conflict } from '../../../src/core/log/log.ts'
import { REVERT_ACTOR, SQL_ACTOR, type Version } from '../../../src/core/records/version-vector.ts'

const ben = { actor: 'ben', n: 4, value: 'by ben' }

function idsOf({ actor, n, seq }: Version, epoch: string, about: Partial<Conflict> = {}): unknown[] {
  const winner = { actor, n, value: 'by ada' }
  const conflict = { seq, collection: 'cards', id: 'c1', field: 'notes', policy: 'lww', winner, loser: ben }
  return conflictRows(
    { ...conflict, ...about },
    { version: { actor, n, seq }, epoch, at: 0, subjectOf: ({ actor: name }) => name },
  ).map(({ id }) => id)
}

it('CNF-12 the conflict of an edit has one id under whichever log, at whichever place', () => {
  expect(idsOf({ actor: 'ada', n: 7, seq: 12 }, 'first')).toEqual(
    idsOf({ actor: 'ada', n: 7, seq: 3 }, 'second'),
  )
})

it('CNF-12 two edits, records, collections or fields never share an id', () => {
  const version = { actor: 'ada', n: 7, seq: 12 }
  const ids = [
    ...idsOf(version, 'first'),
    ...idsOf({ ...version, n: 8 }, 'first'),
    ...idsOf({ ...version, actor: 'eve' }, 'first'),
    ...idsOf(version, 'first', { field: 'status' }),
    ...idsOf(version, 'first', { id: 'c2' }),
    ...idsOf(version, 'first', { collection: 'prizes' }),
  ]
  expect(new Set(ids).size).toBe(ids.length)
})

it.each([SQL_ACTOR, REVERT_ACTOR])(
  'CNF-12 what %s did has a place and no number, so its conflict has an id for each log and place',
  (actor) => {
    const ids = [
      ...idsOf({ actor, n: 0, seq: 12 }, 'first'),
      ...idsOf({ actor, n: 0, seq: 12 }, 'second'),
      ...idsOf({ actor, n: 0, seq: 13 }, 'first'),
    ]
    expect(new Set(ids).size).toBe(ids.length)
    expect(idsOf({ actor, n: 0, seq: 12 }, 'first')).toEqual(ids.slice(0, 1))
  },
)
