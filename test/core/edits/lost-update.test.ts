import { expect, it } from 'vitest'
import type { UpdateOp } from '../../../src/protocol/edit.ts'
import type { ErrorCode } from '../../../src/protocol/errors.ts'
import { board } from '../../fixtures/board.ts'
import { Author, insert, MemoryTenant, remove } from '../../support/memory-tenant.ts'

function deleted() {
  const tenant = new MemoryTenant(board)
  const [mia, ben] = [new Author(tenant, 'client-a1'), new Author(tenant, 'client-b2')]
  mia.send(insert('cards', 'c1', { title: 'A', owner: 'o', votes: 3, labels: ['old'] }))
  ben.look()
  mia.send(remove('cards', 'c1'))
  return { tenant, ben }
}

it('CNF-56 a count that is lost to a deletion is what it would have come to, and what was added', () => {
  const { tenant, ben } = deleted()
  ben.send({ op: 'update', collection: 'cards', id: 'c1', fields: { votes: { add: 2 } } })
  expect(tenant.conflicts).toMatchObject([
    { base: { votes: 3 }, loser: { value: { votes: 5 }, ops: { votes: { add: 2 } } } },
  ])
})

it('CNF-56 items that are lost to a deletion are the set that they would have made, and what was done to it', () => {
  const { tenant, ben } = deleted()
  ben.send({ op: 'update', collection: 'cards', id: 'c1', fields: { labels: { items: { add: ['new'] } } } })
  expect(tenant.conflicts).toMatchObject([
    {
      base: { labels: ['old'] },
      loser: {
        value: { labels: ['new', 'old'] },
        ops: { labels: { items: { add: ['new'], remove: [] } } },
      },
    },
  ])
})

it('CNF-56 a value that was set and lost to a deletion is kept as it is, with nothing that was added', () => {
  const { tenant, ben } = deleted()
  ben.send({ op: 'update', collection: 'cards', id: 'c1', fields: { title: { set: 'B' } } })
  const [conflict] = tenant.conflicts
  expect(conflict).toMatchObject({ base: { title: 'A' }, loser: { value: { title: 'B' } } })
  expect(conflict?.loser).not.toHaveProperty('ops')
})

const UNLAWFUL: readonly (readonly [string, UpdateOp['fields'], ErrorCode])[] = [
  ['a field that only effects write', { points: { add: 1 } }, 'effect-only'],
  ['a field that only effects write, set', { record: { set: 1 } }, 'effect-only'],
  ['another value of what never changes', { owner: { set: 'p' } }, 'immutable'],
  ['an addition to a text', { title: { add: 1 } }, 'bad-operation'],
  ['items of a number', { best: { items: { add: ['x'] } } }, 'bad-operation'],
  ['a count that is set', { votes: { set: 9 } }, 'bad-operation'],
  ['one such among others', { title: { set: 'B' }, points: { add: 1 } }, 'effect-only'],
]

it.each(UNLAWFUL)(
  'REC-18 %s is refused of a record that is deleted, and leaves nothing',
  (_, fields, code) => {
    const { tenant, ben } = deleted()
    expect(ben.send({ op: 'update', collection: 'cards', id: 'c1', fields })).toMatchObject({
      error: { code },
    })
    expect(tenant.conflicts).toEqual([])
  },
)

it.each(UNLAWFUL)('REC-18 %s is refused of a record that was created anew', (_, fields, code) => {
  const { tenant, ben } = deleted()
  const zoe = new Author(tenant, 'client-c3')
  zoe.look()
  zoe.send(insert('cards', 'c1', { title: 'C', owner: 'o' }))
  expect(ben.send({ op: 'update', collection: 'cards', id: 'c1', fields })).toMatchObject({ error: { code } })
  expect(tenant.conflicts).toEqual([])
})

it('REC-18 what could have been written in some state is kept, whatever the record was left with', () => {
  const { tenant, ben } = deleted()
  const fields = { state: { set: 'archived' }, best: { set: 1 }, owner: { set: 'o' } }
  expect(ben.send({ op: 'update', collection: 'cards', id: 'c1', fields })).toMatchObject({ is: 'accepted' })
  expect(tenant.conflicts).toMatchObject([{ loser: { value: { state: 'archived', best: 1, owner: 'o' } } }])
})
