import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Op } from '../../../src/protocol/edit.ts'
import { board } from '../../fixtures/board.ts'
import { Author, addTo, insert, MemoryTenant, outcome, remove, set } from '../../support/memory-tenant.ts'
import { holds } from '../../support/property.ts'

/** Two people who both hold card c1 and have not seen anything since. */
function offline(collection = 'cards') {
  const tenant = new MemoryTenant(board)
  const mia = new Author(tenant, 'client-a1')
  const ben = new Author(tenant, 'client-b2')
  mia.send(insert(collection, 'c1', { title: 'Tide', owner: 'mia' }))
  mia.look()
  ben.look()
  return { tenant, mia, ben }
}

describe('two people change one record without seeing each other', () => {
  it('REC-7 different fields merge, and nothing is lost', () => {
    const { tenant, mia, ben } = offline()
    mia.send(set('cards', 'c1', { title: 'High tide' }))
    ben.send(set('cards', 'c1', { note: 'Tuesday' }))
    expect(tenant.row('cards', 'c1')).toMatchObject({ title: 'High tide', note: 'Tuesday' })
    expect(tenant.conflicts).toEqual([])
  })

  it('REC-7 one field follows its policy, and the value that lost is kept', () => {
    const { tenant, mia, ben } = offline()
    mia.send(set('cards', 'c1', { title: 'High' }))
    ben.send(set('cards', 'c1', { title: 'Low' }))
    expect(tenant.row('cards', 'c1')).toMatchObject({ title: 'Low' })
    expect(tenant.conflicts).toEqual([
      {
        seq: 3,
        collection: 'cards',
        id: 'c1',
        field: 'title',
        policy: 'lww',
        winner: { actor: 'client-b2', n: 1, value: 'Low' },
        loser: { actor: 'client-a1', n: 2, value: 'High' },
        base: 'Tide',
      },
    ])
  })

  it('REC-7 a write in sight of the other is no conflict', () => {
    const { tenant, mia, ben } = offline()
    mia.send(set('cards', 'c1', { title: 'High' }))
    ben.look()
    ben.send(set('cards', 'c1', { title: 'Low' }))
    expect(tenant.conflicts).toEqual([])
  })

  it('REC-7 an entry of the version vector counts as sight', () => {
    const { tenant, mia, ben } = offline()
    mia.send(set('cards', 'c1', { title: 'High' }))
    const edit = ben.edit(set('cards', 'c1', { title: 'Low' }))
    const seen = { 'client-a1': 2 }
    tenant.push('client-b2', [{ ...edit, context: { ...edit.context, seen } }])
    expect(tenant.conflicts).toEqual([])
  })

  it('REC-7 votes and awards of both add up', () => {
    const { tenant, mia, ben } = offline()
    mia.send(insert('awards', 'a1', { card: 'c1', points: 30 }), addTo('cards', 'c1', 'votes', 1))
    ben.send(insert('awards', 'a2', { card: 'c1', points: 12 }), addTo('cards', 'c1', 'votes', 1))
    expect(tenant.row('cards', 'c1')).toMatchObject({ points: 42, votes: 2 })
    expect(tenant.conflicts).toEqual([])
  })

  it('REC-7 a move that has become illegal is accepted without effect and kept for a person', () => {
    const { tenant, mia, ben } = offline()
    mia.send(set('cards', 'c1', { state: 'lost' }))
    expect(outcome(ben.send(set('cards', 'c1', { state: 'won', note: 'yes' })))).toBe('accepted')
    expect(tenant.row('cards', 'c1')).toMatchObject({ state: 'lost', note: 'yes' })
    expect(tenant.conflicts).toMatchObject([
      { field: 'state', winner: { value: 'lost' }, loser: { value: 'won' } },
    ])
  })

  it('REC-7 counters come to the same sum in whatever order the edits arrive', () => {
    const votes = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: -9, max: 9 })), { maxLength: 12 })
    holds(
      fc.property(votes, (list) => {
        const { tenant, mia, ben } = offline()
        for (const [isMia, by] of list) (isMia ? mia : ben).send(addTo('cards', 'c1', 'votes', by))
        expect(tenant.row('cards', 'c1')).toMatchObject({ votes: list.reduce((sum, [, by]) => sum + by, 0) })
      }),
      100,
    )
  })
})

describe('one deletes what another changes', () => {
  it('REC-8 where deletes win, a change after the delete is kept as a conflict and has no effect', () => {
    const { tenant, mia, ben } = offline()
    mia.send(remove('cards', 'c1'))
    expect(outcome(ben.send(set('cards', 'c1', { title: 'Low' })))).toBe('accepted')
    expect(tenant.row('cards', 'c1')).toBeUndefined()
    expect(tenant.conflicts).toMatchObject([
      { policy: 'deletes-win', winner: { value: null }, loser: { value: { title: 'Low' } } },
    ])
  })

  it('REC-8 where deletes win, a delete after the change wins, and what was changed is kept', () => {
    const { tenant, mia, ben } = offline()
    ben.send(set('cards', 'c1', { title: 'Low' }))
    mia.send(remove('cards', 'c1'))
    expect(tenant.row('cards', 'c1')).toBeUndefined()
    expect(tenant.conflicts).toMatchObject([
      { field: 'title', winner: { actor: 'client-a1' }, loser: { value: 'Low' } },
    ])
  })

  it('REC-8 where deletes lose, a change after the delete brings the record back', () => {
    const { tenant, mia, ben } = offline('keepers')
    mia.send(remove('keepers', 'c1'))
    ben.send(set('keepers', 'c1', { title: 'Low' }))
    expect(tenant.row('keepers', 'c1')).toMatchObject({ title: 'Low', owner: 'mia' })
    expect(tenant.log.at(-1)?.changes).toMatchObject([
      { kind: 'insert', after: { title: 'Low', owner: 'mia' } },
    ])
  })

  it('REC-8 where deletes lose, a delete after the change has no effect and is kept', () => {
    const { tenant, mia, ben } = offline('keepers')
    ben.send(set('keepers', 'c1', { title: 'Low' }))
    expect(outcome(mia.send(remove('keepers', 'c1')))).toBe('accepted')
    expect(tenant.row('keepers', 'c1')).toMatchObject({ title: 'Low' })
    expect(tenant.conflicts).toMatchObject([
      { policy: 'deletes-lose', loser: { actor: 'client-a1', value: null } },
    ])
  })

  it('REC-8 two people deleting one record agree', () => {
    const { tenant, mia, ben } = offline()
    expect([mia, ben].map((person) => outcome(person.send(remove('cards', 'c1'))))).toEqual([
      'accepted',
      'accepted',
    ])
    expect(tenant.conflicts).toEqual([])
  })

  it('REC-8 a change in sight of the delete is refused', () => {
    const { mia, ben } = offline()
    mia.send(remove('cards', 'c1'))
    ben.look()
    expect(outcome(ben.send(set('cards', 'c1', { title: 'Low' })))).toBe('not-found')
  })
})

describe('an id used again', () => {
  /** Mia deletes c1 and creates it anew while Ben still holds the old one. */
  function recreated() {
    const people = offline()
    people.mia.send(remove('cards', 'c1'))
    people.mia.send(insert('cards', 'c1', { title: 'New', owner: 'mia' }))
    return people
  }

  it('REC-9 a change meant for the earlier record does not touch the new one', () => {
    const { tenant, ben } = recreated()
    ben.send(set('cards', 'c1', { title: 'Low' }))
    expect(tenant.row('cards', 'c1')).toMatchObject({ title: 'New' })
    expect(tenant.conflicts).toMatchObject([{ loser: { value: { title: 'Low' } } }])
  })

  it('REC-9 a delete meant for the earlier record does not end the new one', () => {
    const { tenant, ben } = recreated()
    ben.send(remove('cards', 'c1'))
    expect(tenant.row('cards', 'c1')).toMatchObject({ title: 'New' })
  })
})

describe('an author whose own edits hide what others wrote', () => {
  /** Ben's change of c1 has come to nothing, and on Ben's screen it stood before what Mia wrote since. */
  function hiddenFromBen(...byMia: Op[]) {
    const people = offline()
    const since = people.tenant.head
    people.mia.send(...byMia)
    people.ben.look()
    return { ...people, since }
  }

  it('VEC-5 a value that was hidden is kept when it is overwritten', () => {
    const { tenant, ben, since } = hiddenFromBen(set('cards', 'c1', { title: 'High' }))
    ben.send({ ...set('cards', 'c1', { title: 'Low' }), asOf: { title: since } })
    expect(tenant.row('cards', 'c1')).toMatchObject({ title: 'Low' })
    expect(tenant.conflicts).toMatchObject([{ field: 'title', loser: { value: 'High' } }])
  })

  it('VEC-5 a field beside it was seen', () => {
    const { tenant, ben, since } = hiddenFromBen(set('cards', 'c1', { title: 'High', note: 'x' }))
    ben.send({ ...set('cards', 'c1', { note: 'y' }), asOf: { title: since } })
    expect(tenant.conflicts).toEqual([])
  })

  it('VEC-5 a value that was hidden is kept when the record is deleted', () => {
    const { tenant, ben, since } = hiddenFromBen(set('cards', 'c1', { title: 'High' }))
    ben.send({ ...remove('cards', 'c1'), asOf: { title: since } })
    expect(tenant.row('cards', 'c1')).toBeUndefined()
    expect(tenant.conflicts).toMatchObject([{ field: 'title', loser: { value: 'High' } }])
  })

  it('VEC-5 a record born since with what was hidden is kept when it is deleted', () => {
    const { tenant, mia, ben, since } = hiddenFromBen(remove('cards', 'c1'))
    mia.send(insert('cards', 'c1', { title: 'New', owner: 'mia' }))
    ben.look()
    ben.send({ ...remove('cards', 'c1'), asOf: { title: since } })
    expect(tenant.row('cards', 'c1')).toBeUndefined()
    expect(tenant.conflicts).toMatchObject([{ field: 'title', loser: { value: 'New' } }])
  })

  it('VEC-5 a change of a record that was hidden as a whole means the one its author had', () => {
    const { tenant, mia, ben, since } = hiddenFromBen(remove('cards', 'c1'))
    mia.send(insert('cards', 'c1', { title: 'New', owner: 'mia' }))
    ben.look()
    ben.send({ ...set('cards', 'c1', { title: 'Low' }), asOf: { id: since } })
    expect(tenant.row('cards', 'c1')).toMatchObject({ title: 'New' })
    expect(tenant.conflicts).toMatchObject([{ loser: { value: { title: 'Low' } } }])
  })

  it('VEC-5 nobody has seen more than the context says', () => {
    const { tenant, mia, ben } = offline()
    mia.send(set('cards', 'c1', { title: 'High' }))
    ben.send({ ...set('cards', 'c1', { title: 'Low' }), asOf: { title: tenant.head } })
    expect(tenant.conflicts).toMatchObject([{ field: 'title', loser: { value: 'High' } }])
  })
})
