import { expect, it } from 'vitest'
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
