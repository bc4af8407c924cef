import { beforeEach, describe, expect, it } from 'vitest'
import { ending, only, type Person, type Table, tableOfTwo } from '../support/disputed-board.ts'

const ANN = 'person of client-ann'
const BEN = 'person of client-ben'

let table: Table
let ann: Person
let ben: Person

beforeEach(async () => {
  ;({ table, ann, ben } = await tableOfTwo())
})

describe('deletions', () => {
  it('CNF-56 what was counted and lost to a deletion is counted when it is restored, all of it', async () => {
    ben.isAway = true
    ann.db.cards.update('c1', (card) => {
      card.votes = 4
    })
    await table.deliver()
    ann.isAway = true
    ben.isAway = false
    await table.deliver()
    ann.isAway = false
    ben.isAway = true
    for (const votes of [6, 7])
      ben.db.cards.update('c1', (card) => {
        card.votes = votes
      })
    ann.db.cards.delete('c1')
    await table.deliver()
    ben.isAway = false
    await table.deliver()
    expect(only(ben.open).losers.map(({ value, base }) => [value, base])).toEqual([
      [5, 4],
      [6, 4],
    ])
    ann.db.cards.insert({ id: 'c1', title: 'anew', owner: 'f', votes: 14 })
    await table.deliver()
    only(ben.all).resolve('yours')
    await table.deliver()
    expect(table.server.tenant.row('cards', 'c1')).toMatchObject({ votes: 17 })
  })

  it('CNF-50 what was lost to a deletion is one item with the lost fields; to restore it the record has to be there', async () => {
    ben.isAway = true
    ann.db.cards.update('c1', (card) => {
      card.title = 'mine'
      card.note = 'kept for long'
    })
    ben.db.cards.delete('c1')
    await table.deliver()
    ben.isAway = false
    await table.deliver()
    const item = only(ann.open)
    expect(item).toMatchObject({
      kind: 'delete-won',
      record: 'c1',
      field: null,
      deleted: true,
      winner: { value: null, by: BEN },
      yours: { by: ANN, won: false },
    })
    expect(item).not.toHaveProperty('current')
    const lost = item.losers.map(({ field, value, base }) => [field, value, base])
    expect(Object.fromEntries(lost.map(([field, ...rest]) => [field, rest]))).toEqual({
      title: ['mine', 'c1'],
      note: ['kept for long', null],
    })
    expect(await item.resolve('yours').accepted).toMatchObject({
      ok: false,
      error: { code: 'not-found', message: expect.stringContaining('db.cards.restore("c1")') },
    })
    expect(await item.resolve({ value: 'x' } as never).accepted).toMatchObject({ ok: false })
    expect(only(ann.open)).toBe(item)
    // Somebody makes it anew.
    ann.db.cards.insert({ id: 'c1', title: 'anew', owner: 'f' })
    await table.deliver()
    only(ann.all).resolve('yours')
    await table.deliver()
    expect(table.server.tenant.row('cards', 'c1')).toMatchObject({ title: 'mine', note: 'kept for long' })
    expect(ending(ben)).toEqual([
      ['resolved', 'restored', ANN],
      ['resolved', 'restored', ANN],
    ])
  })

  it('CNF-50 a deletion that was kept is closed by whoever agrees, although the record is gone', async () => {
    ben.isAway = true
    ann.db.cards.update('c1', (card) => {
      card.title = 'mine'
    })
    ben.db.cards.delete('c1')
    await table.deliver()
    ben.isAway = false
    await table.deliver()
    only(ann.open).resolve('theirs')
    await table.deliver()
    expect([ann.open, ben.open, ending(ben)]).toEqual([[], [], [['resolved', 'kept', ANN]]])
  })

  it('CNF-50 a deletion that lost is an item of its own, and restoring it deletes the record', async () => {
    ben.isAway = true
    ann.db.keepers.update('c1', (card) => {
      card.title = 'mine'
    })
    ben.db.keepers.delete('c1')
    await table.deliver()
    ben.isAway = false
    await table.deliver()
    const item = only(ben.open)
    expect(item).toMatchObject({
      kind: 'delete-lost',
      field: null,
      deleted: false,
      yours: { value: null, won: false },
    })
    item.resolve('yours')
    await table.deliver()
    expect(table.server.tenant.row('keepers', 'c1')).toBeUndefined()
    expect(ending(ann)).toEqual([['resolved', 'restored', BEN]])
  })
})
