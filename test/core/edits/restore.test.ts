import { expect, it } from 'vitest'
import type { Application } from '../../../src/core/app/application.ts'
import { pastEntry, shownChange } from '../../../src/core/history/past.ts'
import type { RestoreOp } from '../../../src/protocol/edit.ts'
import { board, cards } from '../../fixtures/board.ts'
import { Author, addTo, insert, MemoryTenant, outcome, remove, set } from '../../support/memory-tenant.ts'

const restore = (id: string, collection = 'cards'): RestoreOp => ({ op: 'restore', collection, id })

/** A card with a prize, deleted in sight of all. */
function withDeleted(application: Application = board) {
  const tenant = new MemoryTenant(application)
  const ann = new Author(tenant, 'client-ann')
  const ben = new Author(tenant, 'client-ben')
  ann.send(insert('cards', 'c1', { title: 'a', owner: 'ann', note: 'kept' }))
  ann.send(addTo('cards', 'c1', 'votes', 3))
  ann.send(insert('awards', 'w1', { card: 'c1', points: 40 }))
  const held = tenant.row('cards', 'c1')
  ann.look()
  expect(outcome(ann.send(remove('cards', 'c1')))).toBe('accepted')
  return { tenant, ann, ben, held }
}

it('HIS-14 what comes back is the row that was deleted: counters, states, what effects wrote', () => {
  const { tenant, ben, held } = withDeleted()
  expect(outcome(ben.send(restore('c1')))).toBe('accepted')
  expect(tenant.row('cards', 'c1')).toEqual(held)
  expect(held).toMatchObject({ votes: 3, points: 40, state: 'won', note: 'kept' })
})

it('HIS-14 the rule judges it as an insert of that row, and no effect follows again', () => {
  const judged: unknown[] = []
  const rules = new Map(board.rules)
  rules.set('cards', { write: ({ op, row }) => judged.push([op, row]) > 0 || 'never' })
  const { tenant, ben, held } = withDeleted({ ...board, rules })
  judged.length = 0
  ben.send(restore('c1'))
  const { id: _, ...values } = held ?? {}
  expect(judged).toEqual([[insert('cards', 'c1', values), undefined]])
  // An award that somebody deleted in Postgres comes back without paying twice.
  const gone = { kind: 'delete', collection: 'awards', id: 'w1', after: {} } as const
  const before = { id: 'w1', card: 'c1', points: 40 }
  tenant.takeExternal([{ ...gone, before, epoch: 'epoch1', seen: tenant.head, by: 'sql' }])
  expect(outcome(ben.send(restore('w1', 'awards')))).toBe('accepted')
  expect([tenant.row('awards', 'w1'), tenant.row('cards', 'c1')?.['points']]).toEqual([before, 40])
})

it('HIS-15 of two who restore one is first; in one edit a record is not deleted and restored', () => {
  const { tenant, ann, ben } = withDeleted()
  expect([ann.send(restore('c1')), ben.send(restore('c1'))].map(outcome)).toEqual(['accepted', 'exists'])
  ann.look()
  expect(outcome(ann.send(remove('cards', 'c1'), restore('c1')))).toBe('bad-operation')
  expect(outcome(ann.send(restore('never')))).toBe('not-found')
  expect(tenant.row('cards', 'c1')).toBeDefined()
})

it('HIS-15 a reader restores nothing', () => {
  const { tenant, ben } = withDeleted()
  const [verdict] = tenant.push('client-eve', [ben.edit(restore('c1'))], { role: 'reader' })
  expect(outcome(verdict)).toBe('write-refused')
})

it('HIS-14 what concurrent edits did not see of a restored record is merged by the rules of new records', () => {
  const { tenant, ann, ben } = withDeleted()
  ann.send(restore('c1'))
  ben.look()
  expect(outcome(ben.send(set('cards', 'c1', { title: 'b' })))).toBe('accepted')
  expect(tenant.row('cards', 'c1')).toMatchObject({ title: 'b', votes: 3 })
})

it('HIS-14 a restore whose deletion Postgres refuses leaves the record as it was', () => {
  const { tenant, ben, held } = withDeleted()
  const { seq } = tenant.log[3] ?? { seq: 0 }
  ben.send(restore('c1'))
  tenant.revert(seq)
  expect(tenant.row('cards', 'c1')).toEqual(held)
})

it('HIS-14 in the history it is a restore, with the whole row', () => {
  const { tenant, ben, held } = withDeleted()
  ben.send(restore('c1'))
  const last = tenant.log.at(-1)
  const { changes } = last ? pastEntry(last, { epoch: 'epoch1', committed: false }) : { changes: [] }
  expect(changes).toEqual([{ kind: 'restore', collection: 'cards', id: 'c1', from: {}, to: held }])
  const [change] = changes
  const shown = change && shownChange(change, cards, ['note', 'points'])
  expect(Object.keys(shown?.to ?? {})).toEqual(
    cards.columns.map(({ name }) => name).filter((name) => name !== 'note' && name !== 'points'),
  )
})
