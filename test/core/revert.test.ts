import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { revertEdit } from '../../src/core/revert.ts'
import { wireError } from '../../src/protocol/errors.ts'
import type { Row } from '../../src/protocol/value.ts'
import { board } from '../support/board.ts'
import { Author, addTo, insert, MemoryTenant, remove, set } from '../support/memory-tenant.ts'
import { holds } from '../support/property.ts'

const taken = wireError('refused-unique', 'Taken.')

function begin() {
  const tenant = new MemoryTenant(board)
  const mia = new Author(tenant, 'client-a1')
  mia.send(insert('cards', 'c1', { title: 'Tide', owner: 'mia' }))
  mia.look()
  return { tenant, mia }
}

/** Card c1 once the edit at `seq` is undone. */
function cardWithout(tenant: MemoryTenant, seq: number): Row | undefined {
  const [refused, ...later] = tenant.log.slice(seq - 1)
  if (!refused) throw new Error(`no edit at ${seq}`)
  const { records } = revertEdit(refused, later, taken, tenant.head + 1, 0, (collection, id) =>
    tenant.record(collection, id),
  )
  const record = records.find(({ id }) => id === 'c1')
  if (!record) return tenant.row('cards', 'c1')
  return record.deleted ? undefined : record.row
}

describe('undoing an edit that Postgres refused', () => {
  it('REC-13 gives every field it touched back the value before it', () => {
    const { tenant, mia } = begin()
    mia.send(set('cards', 'c1', { title: 'High', note: 'x' }))
    expect(cardWithout(tenant, 2)).toMatchObject({ title: 'Tide', note: null })
  })

  it('REC-13 leaves what was written later', () => {
    const { tenant, mia } = begin()
    mia.send(set('cards', 'c1', { title: 'High', note: 'x' }))
    mia.send(set('cards', 'c1', { title: 'Higher' }))
    expect(cardWithout(tenant, 2)).toMatchObject({ title: 'Higher', note: null })
  })

  it('REC-13 takes its own delta out of a counter and no other', () => {
    const deltas = fc.array(
      fc.integer({ min: -9, max: 9 }).filter((by) => by !== 0),
      { minLength: 1, maxLength: 9 },
    )
    holds(
      fc.property(deltas, fc.nat(), (list, pick) => {
        const { tenant, mia } = begin()
        for (const by of list) mia.send(addTo('cards', 'c1', 'votes', by))
        const refused = pick % list.length
        const rest = list.filter((_, index) => index !== refused)
        expect(cardWithout(tenant, refused + 2)).toMatchObject({
          votes: rest.reduce((sum, by) => sum + by, 0),
        })
      }),
      100,
    )
  })

  it('REC-13 takes an inserted record away, and what was written to it', () => {
    const { tenant, mia } = begin()
    mia.send(set('cards', 'c1', { title: 'High' }))
    expect(cardWithout(tenant, 1)).toBeUndefined()
  })

  it('REC-13 brings a deleted record back as it was', () => {
    const { tenant, mia } = begin()
    const before = tenant.row('cards', 'c1')
    mia.send(remove('cards', 'c1'))
    expect(cardWithout(tenant, 2)).toEqual(before)
  })

  it('REC-13 undoes what its effect wrote as well', () => {
    const { tenant, mia } = begin()
    mia.send(insert('awards', 'a1', { card: 'c1', points: 5 }))
    mia.send(insert('awards', 'a2', { card: 'c1', points: 7 }))
    expect(cardWithout(tenant, 2)).toMatchObject({ points: 7, state: 'won' })
  })

  it('REC-13 is an entry of the log of its own, which names the edit and the reason', () => {
    const { tenant, mia } = begin()
    mia.send(set('cards', 'c1', { title: 'High' }))
    const [, refused] = tenant.log
    if (!refused) throw new Error('the edit is in the log')
    const { entry } = revertEdit(refused, [], taken, 3, 0, (collection, id) => tenant.record(collection, id))
    expect(entry).toMatchObject({ seq: 3, reverts: { seq: 2, error: taken } })
    expect(entry.changes).toMatchObject([
      { kind: 'update', before: { title: 'High' }, after: { title: 'Tide' } },
    ])
  })

  it('REC-13 brings nothing back when an insert and then its delete are both refused', () => {
    const { tenant, mia } = begin()
    mia.send(remove('cards', 'c1'))
    const [inserted, deleted] = tenant.log
    if (!inserted || !deleted) throw new Error('the log has an insert and a delete')
    const first = revertEdit(inserted, [deleted], taken, 3, 0, (collection, id) =>
      tenant.record(collection, id),
    )
    const missing = wireError('row-missing', 'Gone.')
    const second = revertEdit(deleted, [first.entry], missing, 4, 0, (collection, id) =>
      first.records.find((record) => record.collection === collection && record.id === id),
    )
    expect([...first.entry.changes, ...second.entry.changes]).toEqual([])
    expect(second.records.every((record) => record.deleted)).toBe(true)
  })
})
