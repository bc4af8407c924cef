import { describe, expect, it } from 'vitest'
import { OUTBOX_HIGH_WATER } from '../../../src/protocol/limits.ts'
import { board } from '../../fixtures/board.ts'
import { Author, addTo, insert, MemoryTenant, outcome, remove, set } from '../../support/memory-tenant.ts'

const card = insert('cards', 'c1', { title: 'Tide', owner: 'mia' })

function begin() {
  const tenant = new MemoryTenant(board)
  return { tenant, mia: new Author(tenant, 'client-a1'), ben: new Author(tenant, 'client-b2') }
}

describe('order', () => {
  it('REC-1 accepted edits take the places 1, 2, 3 of the log, whoever made them', () => {
    const { mia, ben } = begin()
    const verdicts = [
      mia.send(card),
      ben.send(insert('cards', 'c2', { title: 'Ebb', owner: 'ben' })),
      mia.send(remove('cards', 'c1')),
    ]
    expect(verdicts).toMatchObject([
      { is: 'accepted', n: 1, seq: 1 },
      { is: 'accepted', n: 1, seq: 2 },
      { is: 'accepted', n: 2, seq: 3 },
    ])
  })

  it('REC-1 an edit sent again has one place and one effect', () => {
    const { tenant, mia } = begin()
    mia.send(card)
    const vote = mia.edit(addTo('cards', 'c1', 'votes', 1))
    const verdicts = [1, 2, 3].flatMap(() => tenant.push('client-a1', [vote]))
    expect(verdicts).toEqual([1, 2, 3].map(() => ({ is: 'accepted', n: 2, seq: 2 })))
    expect(tenant.row('cards', 'c1')).toMatchObject({ votes: 1 })
    expect(tenant.log).toHaveLength(2)
  })

  it('EPO-21 an edit that was answered under an earlier log is not settled before Postgres has it', () => {
    const { tenant, mia } = begin()
    const edit = mia.edit(card)
    tenant.push('client-a1', [edit])
    // A client that has its receipt has its verdict forgotten.
    const again = () => tenant.push('client-a1', [edit], { acknowledged: 1 })
    tenant.places.set('client-a1/1', 'carried')
    expect(again()).toMatchObject([{ is: 'rejected', n: 1, error: { code: 'busy', retryable: true } }])
    tenant.places.set('client-a1/1', 7)
    expect(again()).toEqual([{ is: 'accepted', n: 1, seq: 7 }])
    tenant.places.clear()
    expect(again()).toMatchObject([{ is: 'rejected', n: 1, error: { code: 'already-settled' } }])
  })

  it('REC-2 a refusal that may pass ends the push and consumes no number', () => {
    const { tenant, mia } = begin()
    const edits = [mia.edit(card), mia.edit(addTo('cards', 'c1', 'votes', 1))]
    tenant.outbox = OUTBOX_HIGH_WATER
    expect(tenant.push('client-a1', edits).map(outcome)).toEqual(['outbox-full'])
    tenant.outbox = 0
    expect(tenant.push('client-a1', edits).map(outcome)).toEqual(['accepted', 'accepted'])
  })

  it('REC-2 no edit overtakes an earlier one', () => {
    const { tenant, mia } = begin()
    const [first, second] = [mia.edit(card), mia.edit(remove('cards', 'c1'))]
    expect(tenant.push('client-a1', [second]).map(outcome)).toEqual(['gap'])
    expect(tenant.push('client-a1', [first, second]).map(outcome)).toEqual(['accepted', 'accepted'])
  })

  it('REC-3 a refusal for good consumes its number, and what follows is judged', () => {
    const { tenant, mia } = begin()
    const verdicts = tenant.push('client-a1', [mia.edit(remove('cards', 'c9')), mia.edit(card)])
    expect(verdicts.map(outcome)).toEqual(['not-found', 'accepted'])
    expect(verdicts[1]).toMatchObject({ n: 2, seq: 1 })
  })

  it('REC-3 a refused edit gets the same answer after the reason has gone', () => {
    const { tenant, mia } = begin()
    const early = mia.edit(addTo('cards', 'c1', 'votes', 1))
    expect(tenant.push('client-a1', [early]).map(outcome)).toEqual(['not-found'])
    mia.send(card)
    expect(tenant.push('client-a1', [early]).map(outcome)).toEqual(['not-found'])
    expect(tenant.row('cards', 'c1')).toMatchObject({ votes: 0 })
  })
})

describe('a refused edit', () => {
  it.each([
    ['to a collection that does not exist', [insert('ghosts', 'g1', {})], 'unknown-collection'],
    ['to a column that does not exist', [set('cards', 'c1', { admin: true })], 'unknown-column'],
    ['to the id', [set('cards', 'c1', { id: 'c2' })], 'not-writable'],
    ['to a field that belongs to an effect', [set('cards', 'c1', { points: 9 })], 'effect-only'],
    ['with a value that does not fit', [set('cards', 'c1', { title: 7 })], 'bad-value'],
    ['of an immutable field', [set('cards', 'c1', { owner: 'eve' })], 'immutable'],
    ['with an illegal move', [set('cards', 'c1', { state: 'archived' })], 'illegal-transition'],
    ['that inserts what is there', [card], 'exists'],
    ['that updates what is not there', [set('cards', 'c9', { title: 'x' })], 'not-found'],
    ['that deletes what may only be inserted', [remove('awards', 'a1')], 'insert-only'],
    ['whose effect refuses', [insert('awards', 'a1', { card: 'c9', points: 1 })], 'effect-refused'],
    ['that deletes and creates one record', [remove('cards', 'c1'), card], 'bad-operation'],
    [
      'whose last operation fails',
      [set('cards', 'c1', { title: 'New' }), set('cards', 'c9', { title: 'x' })],
      'not-found',
    ],
  ])('REC-4 %s leaves no trace', (_, ops, code) => {
    const { tenant, mia } = begin()
    mia.send(card)
    mia.look()
    const before = structuredClone({ record: tenant.record('cards', 'c1'), log: tenant.log })
    expect(outcome(mia.send(...ops))).toBe(code)
    expect({ record: tenant.record('cards', 'c1'), log: tenant.log }).toEqual(before)
    expect(tenant.conflicts).toEqual([])
  })

  it('REC-4 of a person who may not write has the application’s own sentence', () => {
    const { tenant, mia } = begin()
    const [verdict] = tenant.push('client-a1', [mia.edit(card)], { role: 'reader' })
    expect(verdict).toMatchObject({ error: { code: 'write-refused', message: 'Readers only read.' } })
    expect(tenant.log).toEqual([])
  })

  it('REC-5 that claims to have seen what has not happened is refused', () => {
    const { tenant, mia } = begin()
    const edit = { ...mia.edit(card), context: { epoch: tenant.epoch, seq: 1 } }
    expect(tenant.push('client-a1', [edit]).map(outcome)).toEqual(['vector-from-future'])
  })
})

describe('an edit of several operations', () => {
  it('REC-6 takes effect as a whole, under one place', () => {
    const { tenant, mia } = begin()
    mia.send(card, insert('cards', 'c2', { title: 'Ebb', owner: 'mia' }), addTo('cards', 'c1', 'votes', 2))
    expect(tenant.log).toHaveLength(1)
    expect(tenant.log[0]?.changes.map(({ kind, id }) => `${kind} ${id}`)).toEqual(['insert c1', 'insert c2'])
    expect(tenant.row('cards', 'c1')).toMatchObject({ votes: 2 })
  })

  it('REC-6 carries what its effect did', () => {
    const { tenant, mia } = begin()
    mia.send(card)
    mia.send(insert('awards', 'a1', { card: 'c1', points: 5 }))
    expect(tenant.row('cards', 'c1')).toMatchObject({ points: 5, state: 'won' })
    expect(tenant.log[1]?.changes).toMatchObject([
      { kind: 'insert', collection: 'awards' },
      { kind: 'update', collection: 'cards', adds: { points: 5 } },
    ])
  })
})
