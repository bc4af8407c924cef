import { describe, expect, it } from 'vitest'
import type { ExternalRowChange } from '../../../src/core/external/events.ts'
import type { Row } from '../../../src/protocol/value.ts'
import { board } from '../../fixtures/board.ts'
import { Author, addTo, insert, MemoryTenant, remove, set } from '../../support/memory-tenant.ts'

const CARD = { id: 'c1', title: 'Tide', note: null, votes: 5, owner: 'mia', state: 'open', points: 0 }

/** A tenant with one card that is in Postgres (seq 1), and its author who sees everything. */
function withCard(collection = 'cards') {
  const tenant = new MemoryTenant(board)
  const mia = new Author(tenant, 'client-a1')
  mia.send(insert(collection, 'c1', { title: 'Tide', owner: 'mia', votes: 5 }))
  mia.look()
  const about = { collection, id: 'c1', epoch: tenant.epoch, by: 'psql' }
  const take = (change: Pick<ExternalRowChange, 'kind' | 'before' | 'after'>, seen = 1) =>
    tenant.takeExternal([{ ...about, ...change, seen }], 1)[0]
  return {
    tenant,
    mia,
    update: (before: Row, after: Row, seen = 1) => take({ kind: 'update', before, after }, seen),
    insert: (after: Row, seen = 1) => take({ kind: 'insert', before: {}, after }, seen),
    delete: (seen = 1) => take({ kind: 'delete', before: CARD, after: {} }, seen),
    row: () => tenant.row(collection, 'c1'),
  }
}

describe('a change made in Postgres', () => {
  it('OUT-1 enters the log as an entry of actor sql, by whoever made it', () => {
    const { tenant, update } = withCard()
    update({ title: 'Tide' }, { title: 'Ebb' })
    expect(tenant.log[1]).toMatchObject({
      seq: 2,
      actor: 'sql',
      n: 2,
      subject: 'psql',
      changes: [{ kind: 'update', id: 'c1', before: { title: 'Tide' }, after: { title: 'Ebb' } }],
      repairs: [],
    })
  })

  it('OUT-2 in sight of the current values takes effect whatever the policy', () => {
    const { tenant, update, row } = withCard()
    update({ owner: 'mia', state: 'open' }, { owner: 'ben', state: 'archived' })
    expect(row()).toMatchObject({ owner: 'ben', state: 'archived' })
    expect(tenant.conflicts).toEqual([])
  })

  it('OUT-2 has seen every earlier external change of its row', () => {
    const { tenant, update, row } = withCard()
    update({ state: 'open' }, { state: 'lost' })
    update({ state: 'lost' }, { state: 'open' })
    expect(row()).toMatchObject({ state: 'open' })
    expect(tenant.conflicts).toEqual([])
  })

  it('OUT-2 made under another log has seen nothing of this one', () => {
    const { tenant, mia } = withCard()
    mia.send(set('cards', 'c1', { title: 'Mine' }))
    const change = { kind: 'update', before: { title: 'Tide' }, after: { title: 'Theirs' } } as const
    tenant.takeExternal(
      [{ ...change, collection: 'cards', id: 'c1', epoch: 'older', seen: 99, by: 'psql' }],
      1,
    )
    expect(tenant.conflicts).toHaveLength(1)
  })

  it('OUT-2 that meets exactly the value it replaced has seen it, whoever wrote it', () => {
    const { tenant, mia, update, row } = withCard()
    mia.send(set('cards', 'c1', { state: 'won' }))
    update({ state: 'won' }, { state: 'open' })
    expect(row()).toMatchObject({ state: 'open' })
    expect(tenant.conflicts).toEqual([])
  })
})

describe('a change made in Postgres without sight of a client’s edit', () => {
  it('OUT-3 of a plain field is the later one and wins; the client’s value is kept', () => {
    const { tenant, mia, update, row } = withCard()
    mia.send(set('cards', 'c1', { title: 'Mine' }))
    update({ title: 'Tide' }, { title: 'Theirs' })
    expect(row()).toMatchObject({ title: 'Theirs' })
    expect(tenant.conflicts).toEqual([
      {
        seq: 3,
        collection: 'cards',
        id: 'c1',
        field: 'title',
        policy: 'lww',
        winner: { actor: 'sql', n: 3, value: 'Theirs' },
        loser: { actor: 'client-a1', n: 2, value: 'Mine' },
        base: 'Tide',
      },
    ])
  })

  it('OUT-3 of another field leaves both', () => {
    const { tenant, mia, update, row } = withCard()
    mia.send(set('cards', 'c1', { title: 'Mine' }))
    update({ note: null }, { note: 'theirs' })
    expect(row()).toMatchObject({ title: 'Mine', note: 'theirs' })
    expect(tenant.conflicts).toEqual([])
  })

  it('OUT-4 of a counter counts as the difference', () => {
    const { tenant, mia, update, row } = withCard()
    mia.send(addTo('cards', 'c1', 'votes', 2))
    const first = update({ votes: 5 }, { votes: 10 })
    update({ votes: 10 }, { votes: 9 })
    expect(row()).toMatchObject({ votes: 11 })
    expect(first?.changes).toMatchObject([{ adds: { votes: 5 } }])
    expect(tenant.conflicts).toEqual([])
  })

  it('OUT-5 of a state is made if it is legal from the new one, else kept, and Postgres is told', () => {
    const legal = withCard()
    legal.mia.send(set('cards', 'c1', { state: 'won' }))
    legal.update({ state: 'open' }, { state: 'archived' })
    expect(legal.row()).toMatchObject({ state: 'archived' })

    const illegal = withCard()
    illegal.mia.send(set('cards', 'c1', { state: 'won' }))
    const entry = illegal.update({ state: 'open' }, { state: 'lost' })
    expect(illegal.row()).toMatchObject({ state: 'won' })
    expect(entry).toMatchObject({
      changes: [],
      repairs: [{ kind: 'update', before: { state: 'lost' }, after: { state: 'won' } }],
    })
    expect(illegal.tenant.conflicts).toMatchObject([
      { field: 'state', winner: { value: 'won' }, loser: { actor: 'sql', value: 'lost' } },
    ])
  })
})

describe('a record made on both sides', () => {
  const theirs = { ...CARD, title: 'Theirs', owner: 'ben', votes: 3 }

  it('OUT-6 is one record: fields merge, and Postgres is told what differs', () => {
    const tenant = new MemoryTenant(board)
    const mia = new Author(tenant, 'client-a1')
    mia.send(insert('cards', 'c1', { title: 'Mine', owner: 'mia', votes: 5 }))
    const change = { kind: 'insert', collection: 'cards', id: 'c1', before: {}, after: theirs } as const
    const [entry] = tenant.takeExternal([{ ...change, epoch: 'epoch1', seen: 0, by: 'psql' }])
    expect(tenant.row('cards', 'c1')).toMatchObject({ title: 'Theirs', owner: 'mia', votes: 8 })
    expect(entry?.external?.[0]?.replaces).toBe(true)
    expect(entry?.repairs).toMatchObject([
      {
        kind: 'update',
        before: { owner: 'ben', votes: 3 },
        after: { owner: 'mia', votes: 8 },
        adds: { votes: 5 },
      },
    ])
    expect(tenant.conflicts.map(({ field }) => field)).toEqual(['title', 'owner'])
  })

  it('OUT-6 and changed there again is still that record', () => {
    const { row, insert: again, update } = withCard()
    again(theirs, 0)
    update({ title: 'Theirs' }, { title: 'Again' }, 0)
    expect(row()).toMatchObject({ title: 'Again' })
  })
})

describe('deletes', () => {
  it('OUT-7 made there in sight of everything end the record', () => {
    const { tenant, row, delete: remove } = withCard()
    remove()
    expect(row()).toBeUndefined()
    expect(tenant.conflicts).toEqual([])
  })

  it('OUT-7 made there win over an unseen change where deletes win, and what lost is kept', () => {
    const { tenant, mia, row, delete: remove } = withCard('cards')
    mia.send(set('cards', 'c1', { title: 'Mine' }))
    expect(remove()?.repairs).toEqual([])
    expect(row()).toBeUndefined()
    expect(tenant.conflicts).toMatchObject([
      {
        policy: 'deletes-win',
        field: 'title',
        winner: { actor: 'sql', value: null },
        loser: { value: 'Mine' },
      },
    ])
  })

  it('OUT-7 made there lose to an unseen change where deletes lose, and Postgres gets the row again', () => {
    const { tenant, mia, row, delete: remove } = withCard('keepers')
    mia.send(set('keepers', 'c1', { title: 'Mine' }))
    expect(remove()?.repairs).toMatchObject([
      { kind: 'insert', id: 'c1', after: { title: 'Mine', votes: 5 } },
    ])
    expect(row()).toMatchObject({ title: 'Mine' })
    expect(tenant.conflicts).toMatchObject([{ policy: 'deletes-lose', loser: { actor: 'sql', value: null } }])
  })

  it('OUT-7 made here win over a change there where deletes win', () => {
    const { tenant, mia, row, update } = withCard('cards')
    mia.send(remove('cards', 'c1'))
    update({ title: 'Tide' }, { title: 'Theirs' })
    expect(row()).toBeUndefined()
    expect(tenant.conflicts).toMatchObject([
      { policy: 'deletes-win', winner: { actor: 'client-a1' }, loser: { value: { title: 'Theirs' } } },
    ])
  })

  it('OUT-7 made here lose to a change there where deletes lose, with what was on its way to Postgres', () => {
    const { mia, row, update } = withCard('keepers')
    mia.send(set('keepers', 'c1', { title: 'Mine' }), addTo('keepers', 'c1', 'votes', 2))
    mia.send(remove('keepers', 'c1'))
    const entry = update({ note: null, votes: 5 }, { note: 'theirs', votes: 6 })
    expect(row()).toMatchObject({ title: 'Mine', note: 'theirs', votes: 8 })
    expect(entry?.repairs).toMatchObject([
      { kind: 'update', after: { title: 'Mine', votes: 8 }, adds: { votes: 2 } },
    ])
  })

  it('OUT-7 of a record that was deleted and made anew here leave the new one', () => {
    const { tenant, mia, row, delete: removeThere } = withCard('cards')
    mia.send(remove('cards', 'c1'))
    mia.send(insert('cards', 'c1', { title: 'New', owner: 'mia' }))
    expect(removeThere()?.repairs).toMatchObject([{ kind: 'insert', after: { title: 'New' } }])
    expect(row()).toMatchObject({ title: 'New' })
    expect(tenant.conflicts).toEqual([])
  })
})
