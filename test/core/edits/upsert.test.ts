import { describe, expect, it } from 'vitest'
import { CONFLICTS } from '../../../src/core/app/built-in.ts'
import type { InsertOp } from '../../../src/protocol/edit.ts'
import type { Row } from '../../../src/protocol/value.ts'
import { board } from '../../fixtures/board.ts'
import { Author, insert, MemoryTenant, outcome, remove, set } from '../../support/memory-tenant.ts'

const upsert = (id: string, values: Row, more: Partial<InsertOp> = {}): InsertOp => ({
  ...{ op: 'insert', upsert: true, collection: 'cards', id, values },
  ...more,
})

function begin() {
  const tenant = new MemoryTenant(board)
  const mia = new Author(tenant, 'client-a1')
  const ivo = new Author(tenant, 'client-b2')
  mia.send(insert('cards', 'c1', { title: 'Tide', owner: 'mia' }))
  return { tenant, mia, ivo }
}

describe('an upsert', () => {
  it('NTF-24 makes a record, or changes the one that is there and no other column of it', () => {
    const { tenant, mia } = begin()
    mia.look()
    expect(outcome(mia.send(upsert('c2', { title: 'New', owner: 'mia' })))).toBe('accepted')
    expect(outcome(mia.send(set('cards', 'c2', { note: 'kept' })))).toBe('accepted')
    expect(outcome(mia.send(upsert('c2', { title: 'Newer', owner: 'mia' })))).toBe('accepted')
    expect(tenant.row('cards', 'c2')).toMatchObject({ title: 'Newer', note: 'kept', votes: 0 })
    expect(tenant.log.map(({ changes: [change] }) => change?.kind)).toEqual([
      'insert',
      'insert',
      'update',
      'update',
    ])
  })

  it('NTF-24 of two that did not see each other both count, and the loser is kept', () => {
    const { tenant, mia, ivo } = begin()
    mia.send(upsert('c2', { title: 'Mine', owner: 'x' }))
    expect(outcome(ivo.send(upsert('c2', { title: 'Theirs', owner: 'x' }, { blind: true })))).toBe('accepted')
    expect(tenant.row('cards', 'c2')).toMatchObject({ title: 'Theirs' })
    expect(tenant.conflicts).toMatchObject([{ field: 'title', loser: { value: 'Mine' } }])
    expect(tenant.conflicts.some(({ collection }) => collection === CONFLICTS)).toBe(false)
  })

  it('NTF-24 makes a record anew that was deleted', () => {
    const { tenant, mia } = begin()
    mia.look()
    mia.send(remove('cards', 'c1'))
    expect(outcome(mia.send(upsert('c1', { title: 'Again', owner: 'ivo' })))).toBe('accepted')
    expect(tenant.row('cards', 'c1')).toMatchObject({ title: 'Again', owner: 'ivo' })
  })

  it.each([
    ['another value of a column that cannot change', { title: 'x', owner: 'ivo' }, 'immutable'],
    ['a counter that is there', { title: 'x', owner: 'mia', votes: 3 }, 'bad-operation'],
    ['what only effects write', { title: 'x', owner: 'mia', points: 3 }, 'effect-only'],
    ['a move that is not lawful', { title: 'x', owner: 'mia', state: 'archived' }, 'illegal-transition'],
    ['a value of the wrong kind', { title: 5, owner: 'mia' }, 'bad-value'],
    ['what is no column', { title: 'x', owner: 'mia', colour: 'red' }, 'unknown-column'],
  ])('NTF-24 of a record that is there is refused as an update is, with %s', (_, values, code) => {
    const { tenant, mia } = begin()
    mia.look()
    expect(outcome(mia.send(upsert('c1', values)))).toBe(code)
    expect(tenant.row('cards', 'c1')).toMatchObject({ title: 'Tide' })
  })

  it('NTF-24 is judged by write rules as what it comes to', () => {
    const asked: string[] = []
    const application = {
      ...board,
      rules: new Map([
        [
          'cards',
          {
            write: ({ op }: { op: { op: string } }) =>
              asked.push(op.op) > 0 && op.op !== 'update' ? (true as const) : 'No updates.',
          },
        ],
      ]),
    }
    const tenant = new MemoryTenant(application)
    const mia = new Author(tenant, 'client-a1')
    expect(outcome(mia.send(upsert('c1', { title: 'New', owner: 'mia' })))).toBe('accepted')
    mia.look()
    expect(outcome(mia.send(upsert('c1', { title: 'Newer', owner: 'mia' })))).toBe('write-refused')
    expect(asked).toEqual(['insert', 'update'])
  })

  it('NTF-24 of what its author may not read is refused as if there were nothing to change', () => {
    const application = {
      ...board,
      rules: new Map([['cards', { read: () => ['=', 'owner', 'ivo'] as const }]]),
    }
    const tenant = new MemoryTenant(application)
    const mia = new Author(tenant, 'client-a1')
    mia.send(insert('cards', 'c1', { title: 'Tide', owner: 'mia' }))
    mia.look()
    expect(outcome(mia.send(upsert('c1', { title: 'x', owner: 'mia' })))).toBe('not-found')
  })

  it('NTF-24 cannot change records that are only ever inserted', () => {
    const { tenant, mia } = begin()
    mia.look()
    const award = { ...upsert('a1', { card: 'c1', points: 5 }), collection: 'awards' }
    expect(outcome(mia.send(award))).toBe('accepted')
    expect(outcome(mia.send(award))).toBe('insert-only')
    expect(tenant.row('cards', 'c1')).toMatchObject({ points: 5 })
  })
})
