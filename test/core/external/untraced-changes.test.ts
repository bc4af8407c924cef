import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rowText, touchedRecords, untracedChanges } from '../../../src/core/external/untraced-changes.ts'
import { recordKey } from '../../../src/core/records/record.ts'
import type { Row } from '../../../src/protocol/value.ts'
import { board, cards, column } from '../../fixtures/board.ts'
import { value } from '../../support/generate.ts'
import { Author, insert, MemoryTenant, remove, set } from '../../support/memory-tenant.ts'
import { holds } from '../../support/property.ts'

const card: fc.Arbitrary<Row> = fc.record({
  id: fc.constantFrom('c1', 'c2', 'c3', 'c4', 'c5'),
  title: fc.constantFrom('Tide', 'Ebb'),
  note: fc.constantFrom(null, '', 'later'),
  hint: fc.constantFrom(null, 'none', 'h'),
  votes: fc.integer({ min: 0, max: 9 }),
  owner: fc.constantFrom('mia', 'ben'),
  state: fc.constantFrom('open', 'won', 'lost', 'archived'),
  points: fc.constant(0),
  best: fc.integer({ min: 0, max: 9 }),
  first: fc.constantFrom(null, '2026-01-31', '2026-02-01'),
  record: fc.constant(0),
  labels: fc.subarray(['a', 'b', 'c']).chain((items) => fc.shuffledSubarray(items)),
  advice: fc.constantFrom(null, 'Left'),
  story: fc.constantFrom(null, 'Once'),
})

const table = fc.uniqueArray(card, { selector: (row) => row['id'] })

const byId = (rows: readonly Row[]) => [...rows].sort((a, b) => (String(a['id']) < String(b['id']) ? -1 : 1))

/** The living cards of a tenant. */
function cardsOf(tenant: MemoryTenant): Row[] {
  return ['c1', 'c2', 'c3', 'c4', 'c5'].flatMap((id) => {
    const row = tenant.row('cards', id)
    return row ? [row] : []
  })
}

describe('a comparison', () => {
  it('CMP-7 turns the rows that the object holds into those of Postgres, whatever the policies, and repairs nothing there', () => {
    holds(
      fc.property(table, table, (before, after) => {
        const tenant = new MemoryTenant(board)
        const about = { collection: 'cards', epoch: tenant.epoch, seen: 0, by: 'psql' }
        tenant.takeExternal(
          before.map((row) => ({ ...about, kind: 'insert', id: String(row['id']), before: {}, after: row })),
        )
        const range = { epoch: tenant.epoch, applied: tenant.head, rows: after, unfit: [] }
        const compare = () => untracedChanges(cards, cardsOf(tenant), range, new Set()).changes
        const entries = tenant.takeExternal(compare(), tenant.head)
        expect(byId(cardsOf(tenant))).toEqual(byId(after))
        expect(entries.flatMap(({ repairs = [] }) => repairs)).toEqual([])
        expect(tenant.conflicts).toEqual([])
        expect(compare()).toEqual([])
      }),
    )
  })

  it('CMP-8 leaves out what is on its way to Postgres, and says whether that differs', () => {
    const tenant = new MemoryTenant(board)
    const mia = new Author(tenant, 'client-a1')
    mia.send(insert('cards', 'c1', { title: 'Tide', owner: 'mia' }))
    mia.send(insert('cards', 'c2', { title: 'Ebb', owner: 'mia' }))
    mia.look()
    const rows = cardsOf(tenant)
    mia.send(set('cards', 'c1', { title: 'Mine' }))
    mia.send(remove('cards', 'c2'))
    const touched = touchedRecords(tenant.log.slice(2))
    expect(touched).toEqual(new Set([recordKey('cards', 'c1'), recordKey('cards', 'c2')]))
    const compare = (found: readonly Row[]) =>
      untracedChanges(
        cards,
        cardsOf(tenant),
        { epoch: tenant.epoch, applied: 2, rows: found, unfit: [] },
        touched,
      )
    expect(compare(rows)).toEqual({ changes: [], leftOut: true })
    expect(compare(cardsOf(tenant))).toEqual({ changes: [], leftOut: false })
  })

  it('CMP-9 tells different rows apart by their texts', () => {
    const collection = { ...cards, columns: [column('id'), column('a', { type: 'json' }), column('b')] }
    holds(
      fc.property(value, value, fc.string(), fc.string(), (a, other, b, another) => {
        const [one, two] = [
          { id: 'x', a, b },
          { id: 'x', a: other, b: another },
        ]
        const equal = JSON.stringify([a, b]) === JSON.stringify([other, another])
        if (equal) expect(rowText(collection, one)).toBe(rowText(collection, two))
        else if (rowText(collection, one) === rowText(collection, two)) expect(one).toEqual(two)
      }),
    )
  })
})
