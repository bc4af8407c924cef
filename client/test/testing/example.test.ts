import { expect, it } from 'vitest'
import { app } from '../../../test/fixtures/board/sync.ts'
import { createTestTenant } from '../../src/testing/index.ts'

it('TST-14 two people work on one card, one of them on a train', async () => {
  const tenant = createTestTenant(app)
  const ada = tenant.client({ sub: 'ada', role: 'owner' })
  const ben = tenant.client({ sub: 'ben', role: 'editor' })
  const vera = tenant.client({ sub: 'vera', role: 'viewer' })
  const seen = [ada, ben, vera].map((db) => db.cards.where({ number: 'A-1' }))
  for (const query of seen) query.subscribe(() => {})
  await tenant.settle() // all are live

  const { id } = ada.cards.insert({ number: 'A-1', assigneeId: 'p1', targetPoints: 10, status: 'open' })
  await tenant.settle() // it is accepted, committed, and at everybody
  expect(seen.map((query) => query.getSnapshot().rows.length)).toEqual([1, 1, 1])

  tenant.offline(ben)
  ben.cards.update(id, (card) => {
    card.reactions += 1
  })
  tenant.write('cards', id, { reactions: 5 }) // another program, by SQL
  await tenant.settle()
  expect(ben.cards.get(id)?.reactions).toBe(1)
  tenant.online(ben)
  await tenant.advance(1_000) // time passes only so
  expect(tenant.rows('cards')[0]?.reactions).toBe(6)

  const edit = vera.cards.update(id, (card) => {
    card.status = 'finished'
  })
  await tenant.settle()
  expect(await edit.accepted).toMatchObject({ error: { code: 'write-refused' } })
})
