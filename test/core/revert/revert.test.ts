import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Op } from '../../../src/protocol/edit.ts'
import type { Row } from '../../../src/protocol/value.ts'
import { board } from '../../fixtures/board.ts'
import { Author, addTo, insert, MemoryTenant, remove, set } from '../../support/memory-tenant.ts'
import { holds } from '../../support/property.ts'

function begin() {
  const tenant = new MemoryTenant(board)
  const mia = new Author(tenant, 'client-a1')
  const send = (...ops: Op[]) => {
    mia.look()
    return mia.send(...ops)
  }
  send(insert('cards', 'c1', { title: 'Tide', owner: 'mia' }))
  return { tenant, send }
}

/** Card c1 once the edit at `seq` is undone. */
function cardWithout(tenant: MemoryTenant, seq: number): Row | undefined {
  tenant.revert(seq)
  return tenant.row('cards', 'c1')
}

/** Which edits went with the one at `seq`, and their reasons. */
function dependentsOf(tenant: MemoryTenant, seq: number): [number, string][] {
  const [, ...dependents] = tenant.revert(seq)
  return dependents.map(({ edit, error }) => {
    expect(error.code).toBe('depends-on-reverted')
    return [edit.seq, error.message.replace('It depends on an edit that was undone: ', '')]
  })
}

describe('undoing an edit that Postgres refused', () => {
  it('REC-13 gives every field it touched back the value before it', () => {
    const { tenant, send } = begin()
    send(set('cards', 'c1', { title: 'High', note: 'x' }))
    expect(cardWithout(tenant, 2)).toMatchObject({ title: 'Tide', note: null })
  })

  it('REC-13 leaves what was written later', () => {
    const { tenant, send } = begin()
    send(set('cards', 'c1', { title: 'High', note: 'x' }))
    send(set('cards', 'c1', { title: 'Higher' }))
    expect(cardWithout(tenant, 2)).toMatchObject({ title: 'Higher', note: null })
  })

  it('REC-13 gives back the value before several that are refused one after the other', () => {
    const { tenant, send } = begin()
    send(set('cards', 'c1', { title: 'High' }))
    send(set('cards', 'c1', { title: 'Higher' }))
    send(set('cards', 'c1', { title: 'Highest' }))
    tenant.revert(2)
    tenant.revert(3)
    expect(cardWithout(tenant, 4)).toMatchObject({ title: 'Tide' })
  })

  it('REC-13 takes its own delta out of a counter and no other', () => {
    const deltas = fc.array(
      fc.integer({ min: -9, max: 9 }).filter((by) => by !== 0),
      { minLength: 1, maxLength: 9 },
    )
    holds(
      fc.property(deltas, fc.nat(), (list, pick) => {
        const { tenant, send } = begin()
        for (const by of list) send(addTo('cards', 'c1', 'votes', by))
        const refused = pick % list.length
        const rest = list.filter((_, index) => index !== refused)
        expect(cardWithout(tenant, refused + 2)).toMatchObject({
          votes: rest.reduce((sum, by) => sum + by, 0),
        })
      }),
      100,
    )
  })

  it('REC-13 takes an inserted record away', () => {
    const { tenant } = begin()
    expect(cardWithout(tenant, 1)).toBeUndefined()
  })

  it('REC-13 brings a deleted record back as it was', () => {
    const { tenant, send } = begin()
    const before = tenant.record('cards', 'c1')
    send(remove('cards', 'c1'))
    tenant.revert(2)
    expect(tenant.record('cards', 'c1')).toEqual(before)
  })

  it('REC-13 is an entry of the log of its own, which names the edit and the reason', () => {
    const { tenant, send } = begin()
    send(set('cards', 'c1', { title: 'High' }))
    tenant.revert(2)
    const entry = tenant.log.at(-1)
    expect(entry).toMatchObject({ seq: 3, reverts: { seq: 2, error: { code: 'refused-check' } } })
    expect(entry?.changes).toMatchObject([
      { kind: 'update', before: { title: 'High' }, after: { title: 'Tide' } },
    ])
  })
})

describe('undoing an edit with effects', () => {
  it('REC-14 undoes what its effects wrote', () => {
    const { tenant, send } = begin()
    send(insert('awards', 'a1', { card: 'c1', points: 5 }))
    expect(cardWithout(tenant, 2)).toMatchObject({ points: 0, state: 'open' })
  })

  it('REC-14 keeps what the effects of later edits write', () => {
    const { tenant, send } = begin()
    send(insert('awards', 'a1', { card: 'c1', points: 5 }))
    send(insert('awards', 'a2', { card: 'c1', points: 7 }))
    expect(cardWithout(tenant, 2)).toMatchObject({ points: 7, state: 'won' })
  })

  it('REC-14 lets the effects of later edits follow anew', () => {
    const { tenant, send } = begin()
    send(insert('awards', 'a1', { card: 'c1', points: 60 }))
    send(insert('awards', 'a2', { card: 'c1', points: 50 }))
    expect(tenant.row('cards', 'c1')).toMatchObject({ points: 110, note: 'a hundred' })
    expect(cardWithout(tenant, 2)).toMatchObject({ points: 50, note: null })
    expect(tenant.corrections()).toMatchObject([
      { seq: 2 },
      { seq: 3, changes: [{}, { after: { points: 50 } }] },
    ])
  })

  it('REC-14 undoes a later edit that its effect now refuses', () => {
    const { tenant, send } = begin()
    send(insert('awards', 'a1', { card: 'c1', points: 5 }))
    expect(dependentsOf(tenant, 1)).toEqual([[2, 'There is no such card.']])
    expect(tenant.row('awards', 'a1')).toBeUndefined()
  })
})

describe('an edit that depends on one that was undone', () => {
  it('REC-15 stays if it is possible step by step, although not at one stroke', () => {
    const { tenant, send } = begin()
    send(set('cards', 'c1', { title: 'High' }))
    send(set('cards', 'c1', { state: 'won' }), set('cards', 'c1', { state: 'archived' }))
    expect(dependentsOf(tenant, 2)).toEqual([])
    expect(tenant.row('cards', 'c1')).toMatchObject({ title: 'Tide', state: 'archived' })
  })

  it('REC-15 stays if its steps are possible from the state given back', () => {
    const { tenant, send } = begin()
    send(insert('awards', 'a1', { card: 'c1', points: 5 }))
    send(set('cards', 'c1', { state: 'won' }), set('cards', 'c1', { state: 'archived' }))
    expect(dependentsOf(tenant, 2)).toEqual([])
    expect(tenant.row('cards', 'c1')).toMatchObject({ points: 0, state: 'archived' })
  })

  it('REC-15 is undone with it: a move that is not allowed from the state given back, and so on', () => {
    const { tenant, send } = begin()
    send(set('cards', 'c1', { state: 'won' }))
    send(set('cards', 'c1', { state: 'archived', title: 'High' }))
    send(set('cards', 'c1', { note: 'stays' }))
    expect(dependentsOf(tenant, 2)).toEqual([[3, '"open" cannot become "archived".']])
    expect(tenant.row('cards', 'c1')).toMatchObject({ state: 'open', title: 'Tide', note: 'stays' })
  })

  it('REC-15 is undone with it: whatever was done to a record that was never made', () => {
    const { tenant, send } = begin()
    send(addTo('cards', 'c1', 'votes', 2))
    send(insert('keepers', 'k1', { title: 'Ebb', owner: 'mia' }), set('cards', 'c1', { title: 'High' }))
    send(set('keepers', 'k1', { title: 'Flood' }))
    send(remove('cards', 'c1'))
    send(insert('cards', 'c1', { title: 'Again', owner: 'mia' }))
    expect(dependentsOf(tenant, 1)).toEqual([
      [2, 'There is no record "c1".'],
      [3, 'There is no record "c1".'],
      [4, 'There is no record "k1".'],
      [5, 'There is no record "c1".'],
    ])
    expect(tenant.row('keepers', 'k1')).toBeUndefined()
    expect(tenant.row('cards', 'c1')).toMatchObject({ title: 'Again' })
  })

  it('REC-15 is undone with it: a record made again where the delete was refused, and what followed', () => {
    const { tenant, send } = begin()
    send(remove('cards', 'c1'))
    send(insert('cards', 'c1', { title: 'Again', owner: 'mia' }))
    send(set('cards', 'c1', { title: 'And again' }))
    expect(dependentsOf(tenant, 2)).toEqual([
      [3, 'There is a record "c1" already.'],
      [4, 'There is no record "c1".'],
    ])
    expect(tenant.row('cards', 'c1')).toMatchObject({ title: 'Tide' })
  })

  it('REC-15 is undone with it: a record deleted and made anew in one edit, where another delete had come before', () => {
    const { tenant, send } = begin()
    const tom = new Author(tenant, 'client-b2')
    tom.look()
    send(remove('cards', 'c1'))
    tom.send(remove('cards', 'c1'), insert('cards', 'c1', { title: 'anew', owner: 'tom' }))
    expect(tenant.row('cards', 'c1')).toMatchObject({ title: 'anew' })
    expect(dependentsOf(tenant, 2)).toEqual([[3, 'One edit cannot delete a record and create it again.']])
    expect(tenant.row('cards', 'c1')).toMatchObject({ title: 'Tide' })
  })

  it('REC-15 is undone as a whole, in an entry of its own that names the reason', () => {
    const { tenant, send } = begin()
    send(set('cards', 'c1', { state: 'won' }))
    send(insert('keepers', 'k1', { title: 'Ebb', owner: 'mia' }), set('cards', 'c1', { state: 'archived' }))
    tenant.revert(2)
    expect(tenant.row('keepers', 'k1')).toBeUndefined()
    expect(tenant.log.slice(3)).toMatchObject([
      { seq: 4, n: 2, reverts: { seq: 2 } },
      { seq: 5, n: 3, reverts: { seq: 3, error: { code: 'depends-on-reverted' } }, changes: [] },
    ])
  })

  it('REC-15 is undone once, however many later refusals it would depend on', () => {
    const { tenant, send } = begin()
    send(set('cards', 'c1', { state: 'won', title: 'High' }))
    send(set('cards', 'c1', { title: 'Higher' }))
    send(set('cards', 'c1', { state: 'archived', title: 'Highest' }))
    expect(dependentsOf(tenant, 2)).toEqual([[4, '"open" cannot become "archived".']])
    expect(dependentsOf(tenant, 3)).toEqual([])
    expect(tenant.row('cards', 'c1')).toMatchObject({ title: 'Tide', state: 'open' })
  })

  it('REC-15 an update that brought a deleted record back is no such edit: it stays an update', () => {
    const { tenant, send } = begin()
    const leo = new Author(tenant, 'client-b2')
    send(insert('keepers', 'k1', { title: 'Ebb', owner: 'mia' }))
    leo.look()
    send(remove('keepers', 'k1'))
    leo.send(set('keepers', 'k1', { note: 'kept' }))
    expect(dependentsOf(tenant, 3)).toEqual([])
    expect(tenant.row('keepers', 'k1')).toMatchObject({ title: 'Ebb', note: 'kept' })
    expect(tenant.corrections(3)).toMatchObject([
      { seq: 4, changes: [{ kind: 'update', after: { note: 'kept' } }] },
    ])
  })
})
