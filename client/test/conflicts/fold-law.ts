import * as fc from 'fast-check'
import { expect } from 'vitest'
import { holds } from '../../../test/support/property.ts'
import { fold } from '../../src/conflicts/fold.ts'
import { type LostRow, readLostRow } from '../../src/conflicts/lost-row.ts'
import { shownRow } from '../../src/replica/shown-row.ts'

const draws = fc.array(
  fc.record({
    collection: fc.constantFrom('cards', 'keepers'),
    record: fc.constantFrom('c1', 'c2', '["c1"'),
    field: fc.constantFrom('title', 'note', 'gone', null),
    policy: fc.constantFrom('lww', 'states', 'ask', 'deletes-win', 'deletes-lose'),
    epoch: fc.constantFrom('e1', 'e2'),
    seq: fc.nat(6),
    at: fc.constantFrom('2026-01-01T00:00:00.000Z', '2026-02-01T00:00:00.000Z', '2026-03-01T00:00:00.000Z'),
    state: fc.constantFrom('open', 'superseded', 'resolved'),
  }),
  { maxLength: 12 },
)

const aboutWhat = ({ collection, record, field, policy }: LostRow) => {
  const whole = field !== null && policy.startsWith('deletes-')
  return [collection, record, whole ? 'gone' : field === null ? 'kept' : { field }]
}

/** The law of folding: each losing value is in exactly one item, with all others of its field and none of another. */
export function foldingKeepsAll(cases: number): void {
  holds(
    fc.property(draws, fc.nat(), (drawn, turn) => {
      const rows = drawn.map((draw, i) =>
        readLostRow(shownRow({ ...draw, id: `r${i}` }, { pending: false, committing: false })),
      )
      const folded = fold(rows)
      const ids = folded.flatMap((item) => item.rows.map(({ id }) => id))
      expect(ids.toSorted()).toEqual(rows.map(({ id }) => id).toSorted())
      expect(new Set(folded.map(({ key }) => key)).size).toBe(folded.length)
      for (const { rows: members } of folded) {
        const [first] = members
        const isSame = (row: LostRow) => JSON.stringify(aboutWhat(row)) === JSON.stringify(aboutWhat(first))
        expect(rows.filter(isSame)).toHaveLength(members.length)
        expect(members.every(isSame)).toBe(true)
        for (const [i, { epoch, seq }] of members.entries()) {
          const next = members[i + 1]
          if (next?.epoch === epoch) expect(next.seq).toBeLessThanOrEqual(seq)
        }
      }
      // In whatever order rows come, the same is said.
      const pivot = rows.length === 0 ? 0 : turn % rows.length
      expect(fold([...rows.slice(pivot), ...rows.slice(0, pivot)].toReversed())).toEqual(folded)
    }),
    cases,
  )
}
