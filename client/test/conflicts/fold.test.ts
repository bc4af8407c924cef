import { expect, it } from 'vitest'
import { fold } from '../../src/conflicts/fold.ts'
import { readLostRow } from '../../src/conflicts/lost-row.ts'
import { shownRow } from '../../src/replica/shown-row.ts'
import { foldingKeepsAll } from './fold-law.ts'

it('CNF-42 a law: each losing value is in exactly one item, with all others of its field and none of another, newest first', () => {
  foldingKeepsAll(2_000)
})

it('CNF-42 of two logs the losing values of the newer one come first, whatever their places', () => {
  const row = (id: string, epoch: string, seq: number, at: string) =>
    readLostRow(
      shownRow(
        { id, collection: 'cards', record: 'c1', field: 'title', policy: 'lww', epoch, seq, at },
        { pending: false, committing: false },
      ),
    )
  const folded = fold([
    row('old', 'e1', 900, '2026-01-01T00:00:00.000Z'),
    row('new', 'e2', 3, '2026-01-02T00:00:00.000Z'),
    row('newer', 'e2', 4, '2026-01-01T00:00:00.000Z'),
  ])
  expect(folded.map(({ rows }) => rows.map(({ id }) => id))).toEqual([['newer', 'new', 'old']])
})
