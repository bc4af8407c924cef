import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { merge } from '../../../src/core/merge/merge.ts'
import { completeRow } from '../../../src/core/records/validate.ts'
import type { UpdateOp } from '../../../src/protocol/edit.ts'
import type { Value } from '../../../src/protocol/value.ts'
import { board, cards } from '../../fixtures/board.ts'
import { BothSides } from '../../support/both-sides.ts'
import { Author, insert, MemoryTenant, outcome, set } from '../../support/memory-tenant.ts'
import { holds } from '../../support/property.ts'

/** Both sides with a card that has labels, and two people who hold it and see nothing more until they look. */
function withLabels(...labels: string[]) {
  const both = new BothSides()
  const { tenant } = both
  const [mia, ben] = [new Author(tenant, 'client-a1'), new Author(tenant, 'client-b2')]
  mia.send(insert('cards', 'c1', { title: 'Tide', owner: 'mia', labels }))
  both.drain()
  mia.look()
  ben.look()
  const now = () => tenant.row('cards', 'c1')?.['labels']
  const stored = () => both.postgres.table('cards').get('c1')?.['labels']
  return { both, tenant, mia, ben, now, stored }
}

const change = (items: { add?: string[]; remove?: string[] }): UpdateOp => ({
  op: 'update',
  collection: 'cards',
  id: 'c1',
  fields: { labels: { items } },
})
const add = (...items: string[]) => change({ add: items })
const take = (...items: string[]) => change({ remove: items })
const whole = (labels: Value) => set('cards', 'c1', { labels })

describe('a set', () => {
  it('MRG-32 has what both added, and not what one removed; nobody is told of a conflict', () => {
    const { tenant, mia, ben, now } = withLabels('old')
    mia.send(add('late'))
    ben.send(change({ add: ['big'], remove: ['old'] }))
    expect(now()).toEqual(['big', 'late'])
    expect(tenant.conflicts).toEqual([])
  })

  it('MRG-32 a record whose items its deleter alone has changed is deleted without a conflict', () => {
    const { tenant } = withLabels('old')
    const blind = new Author(tenant, 'client-c3')
    expect(blind.send({ ...add('late'), blind: true })).toMatchObject({ is: 'accepted' })
    expect(blind.send({ op: 'delete', collection: 'cards', id: 'c1', blind: true })).toMatchObject({
      is: 'accepted',
    })
    expect(tenant.conflicts).toEqual([])
  })

  it('MRG-32 a record with an item that its deleter has not seen is deleted with a conflict', () => {
    const { tenant, mia, ben } = withLabels('old')
    mia.send(add('late'))
    ben.send(add('big'))
    expect(ben.send({ op: 'delete', collection: 'cards', id: 'c1' })).toMatchObject({ is: 'accepted' })
    const loser = { actor: 'client-a1', value: ['big', 'late', 'old'] }
    expect(tenant.conflicts).toMatchObject([{ policy: 'deletes-win', field: 'labels', loser }])
  })

  it('MRG-32 keeps an item that was added again unseen by whoever removes it', () => {
    const { mia, ben, now } = withLabels('late')
    mia.send(add('late'))
    ben.send(take('late'))
    expect(now()).toEqual(['late'])
    ben.look()
    ben.send(take('late'))
    expect(now()).toEqual([])
  })

  it('MRG-32 of several adds a removal takes those that its author had seen', () => {
    const { mia, ben, now } = withLabels()
    mia.send(add('late'))
    ben.send(add('late'))
    ben.send(take('late'))
    expect(now()).toEqual(['late'])
    mia.send(take('late'))
    expect(now()).toEqual([])
  })

  it('MRG-32 that is no set takes no items, and a set no numbers', () => {
    const { mia } = withLabels()
    const wrong: UpdateOp = { ...add('late'), fields: { title: { items: { add: ['late'] } } } }
    expect(outcome(mia.send(wrong))).toBe('bad-operation')
    expect(outcome(mia.send({ ...add('late'), fields: { labels: { add: 1 } } }))).toBe('bad-operation')
    expect(outcome(mia.send({ ...add('late'), fields: { votes: { items: {} } } }))).toBe('bad-operation')
  })

  it('MRG-33 written as a whole means the difference to what its author had in sight', () => {
    const { mia, ben, now } = withLabels('a', 'b')
    mia.send(change({ add: ['c'], remove: ['b'] }))
    ben.send(whole(['b', 'd']))
    expect(now()).toEqual(['c', 'd'])
    ben.look()
    ben.send(whole(['z']))
    expect(now()).toEqual(['z'])
  })

  it('MRG-33 by an author of whom nothing is known, adds all it gives and takes what it had seen', () => {
    const { tenant, mia, ben, now } = withLabels('a', 'b')
    mia.send(change({ add: ['c'], remove: ['b'] }))
    tenant.floor = tenant.head
    ben.send(whole(['b', 'd']))
    expect(now()).toEqual(['b', 'c', 'd'])
  })

  it('MRG-34 has each item once, in one order, however it was written', () => {
    const { mia, now, stored, both } = withLabels('b', 'a', 'b')
    expect(now()).toEqual(['a', 'b'])
    mia.send(add('Z', 'é', 'c', 'c'))
    both.drain()
    expect([now(), stored()]).toEqual([
      ['Z', 'a', 'b', 'c', 'é'],
      ['Z', 'a', 'b', 'c', 'é'],
    ])
    const complete = completeRow(cards, 'c2', { title: 'Ebb', owner: 'mia', labels: ['x', 'a', 'x'] })
    expect(complete).toMatchObject({ row: { labels: ['a', 'x'] } })
  })

  it('MRG-34 leaves alone what Postgres holds, as long as the items are the same', () => {
    const { both, mia, now, stored } = withLabels('a')
    both.postgres.update('cards', 'c1', () => ({ labels: ['z', 'a', 'z'] }))
    both.drain()
    mia.look()
    mia.send(add('a'))
    both.drain()
    expect([now(), stored()]).toEqual([
      ['z', 'a', 'z'],
      ['z', 'a', 'z'],
    ])
    mia.send(take('a'))
    both.drain()
    expect([now(), stored()]).toEqual([['z'], ['z']])
  })

  it('MRG-35 takes what was added and removed in Postgres unseen, and tells Postgres the rest', () => {
    const { both, tenant, mia, now, stored } = withLabels('a', 'b')
    mia.send(change({ add: ['mine'], remove: ['a'] }))
    both.postgres.update('cards', 'c1', () => ({ labels: ['a', 'theirs'] }))
    both.drain()
    expect([now(), stored()]).toEqual([
      ['mine', 'theirs'],
      ['mine', 'theirs'],
    ])
    expect(tenant.conflicts).toEqual([])
  })

  it('MRG-36 an edit that is undone takes its own items along, and no others', () => {
    const { both, mia, ben, now, stored } = withLabels('old')
    mia.send(change({ add: ['both', 'mia'], remove: ['old'] }))
    ben.send(change({ add: ['both', 'ben'] }))
    both.send(9, 'answered', 0)
    both.drain()
    expect([now(), stored()]).toEqual([
      ['ben', 'both', 'old'],
      ['ben', 'both', 'old'],
    ])
    ben.look()
    ben.send(take('old'))
    expect(now()).toEqual(['ben', 'both'])
  })

  it('MRG-33 of nothing is emptied by null where the column may be', () => {
    const meeting = { current: ['a'], incoming: { set: null }, concurrent: false }
    expect(merge({ kind: 'set' }, meeting)).toMatchObject({ value: null })
  })

  it('MRG-34 the same changes in any order that sees nothing of each other end with the same items', () => {
    const items = fc.subarray(['a', 'b', 'c', 'd'])
    holds(
      fc.property(fc.array(fc.record({ add: items, remove: items }), { maxLength: 6 }), (changes) => {
        const end = (order: typeof changes) => {
          const tenant = new MemoryTenant(board)
          const authors = order.map(
            (_, index) =>
              new Author(tenant, `client-${changes.indexOf(order[index] ?? { add: [], remove: [] })}x`),
          )
          new Author(tenant, 'client-zz').send(
            insert('cards', 'c1', { title: 'T', owner: 'm', labels: ['a', 'b'] }),
          )
          for (const author of authors) author.look()
          for (const [index, items] of order.entries()) authors[index]?.send(change(items))
          return tenant.row('cards', 'c1')?.['labels']
        }
        expect(end(changes.toReversed())).toEqual(end(changes))
      }),
      500,
    )
  })
})
