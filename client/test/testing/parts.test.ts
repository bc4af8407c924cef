import { expect, it } from 'vitest'
import { app } from '../../../test/fixtures/board/sync.ts'
import { history } from '../../src/history.ts'
import { presence } from '../../src/presence.ts'
import { createTestTenant } from '../../src/testing/index.ts'
import { openText, text } from '../../src/text.ts'

const CARD = { number: 'A-1', assigneeId: 'p1', targetPoints: 10 } as const

/** An owner, an editor and a viewer, who look at all cards; Ada has made a draft. */
async function tenantOfThree() {
  const tenant = createTestTenant(app)
  const parts = [history(), presence(), text()]
  const ada = tenant.client({ sub: 'ada', role: 'owner', name: 'Ada' }, { parts })
  const ben = tenant.client({ sub: 'ben', role: 'editor' }, { parts })
  const vera = tenant.client({ sub: 'vera', role: 'viewer' }, { parts })
  for (const db of [ada, ben, vera]) db.cards.all().subscribe(() => {})
  await tenant.settle()
  const { id } = ada.cards.insert(CARD)
  await tenant.settle()
  return { tenant, ada, ben, vera, id }
}

it('TST-15 people see who else is at a record that they may read, and no more of it than they may', async () => {
  const { tenant, ada, ben, vera, id } = await tenantOfThree()
  const [mine, others] = [ben, vera].map((db) => db.presence.of({ collection: 'cards', id }))
  mine?.subscribe(() => {})
  others?.subscribe(() => {})
  const place = ada.presence.enter({ collection: 'cards', id, field: 'notes' })
  await tenant.settle()
  const peer = { subject: 'ada', name: 'Ada', claims: { role: 'owner' } }
  expect(mine?.getSnapshot()).toEqual([{ ...peer, places: [{ collection: 'cards', id, field: 'notes' }] }])
  expect(others?.getSnapshot()).toEqual([])

  ada.cards.update(id, (card) => {
    card.status = 'open'
  })
  await tenant.settle()
  expect(others?.getSnapshot()).toEqual([{ ...peer, places: [{ collection: 'cards', id }] }])

  tenant.offline(ada)
  await tenant.settle()
  expect([mine?.getSnapshot(), others?.getSnapshot()]).toEqual([[], []])
  tenant.online(ada)
  await tenant.advance(5_000)
  expect(mine?.getSnapshot()).toHaveLength(1)
  place.leave()
  await tenant.advance(1_000)
  expect(mine?.getSnapshot()).toEqual([])
})

it('TST-16 the past of a record is read, looked back at, undone and brought back', async () => {
  const { tenant, ada, ben, vera, id } = await tenantOfThree()
  ada.cards.update(id, (card) => {
    card.status = 'open'
  })
  await tenant.settle()
  const made = ben.cards.update(id, (card) => {
    card.notes = 'called'
    card.dueOn = '2026-03-01'
  })
  await tenant.settle()
  tenant.write('cards', id, { notes: 'paid' })
  await tenant.settle()

  const past = ada.cards.history(id)
  const hidden = vera.cards.history(id)
  past.subscribe(() => {})
  hidden.subscribe(() => {})
  await tenant.settle()
  const fieldsOf = ({ items }: ReturnType<typeof past.getSnapshot>) =>
    items.map(({ author, fields }) => [author, Object.keys(fields).sort()])
  expect(fieldsOf(past.getSnapshot()).slice(0, 2)).toEqual([
    ['test', ['notes']],
    ['ben', ['dueOn', 'notes']],
  ])
  expect(fieldsOf(hidden.getSnapshot())[0]).toEqual(['ben', ['dueOn']])
  expect(past.getSnapshot().items[1]).toMatchObject({ committed: true, changedSinceBy: ['test'] })

  const edit = await made.accepted
  if (!edit.ok) throw new Error(edit.error.message)
  const then = ada.cards.asOf(id, edit.seq)
  await tenant.settle()
  expect(await then).toMatchObject({ ok: true, row: { notes: 'called' } })

  const undone = past.getSnapshot().items[1]?.undo()
  await tenant.settle()
  expect(await undone?.committed).toMatchObject({ ok: true })
  ada.cards.delete(id)
  await tenant.settle()
  const restored = ada.cards.restore(id)
  await tenant.settle()
  expect(await restored.committed).toMatchObject({ ok: true })
  expect(tenant.rows('cards')).toHaveLength(1)
})

it('TST-16 without a network the past cannot be read, and with it again it is', async () => {
  const { tenant, ada, id } = await tenantOfThree()
  tenant.offline(ada)
  const past = ada.cards.history(id)
  past.subscribe(() => {})
  await tenant.settle()
  expect(past.getSnapshot().items).toEqual([])
  tenant.online(ada)
  await tenant.advance(5_000)
  expect(past.getSnapshot().items).toHaveLength(1)
})

it('TST-16 what Postgres refused is in the past with the sentence of the test', async () => {
  const { tenant, ada, id } = await tenantOfThree()
  const past = ada.cards.history(id)
  past.subscribe(() => {})
  tenant.refuseNext('cards', 'Not on a Sunday.')
  ada.cards.update(id, (card) => {
    card.notes = 'called'
  })
  await tenant.settle()
  expect(past.getSnapshot().items[0]).toMatchObject({
    refused: { message: 'Not on a Sunday.' },
    fields: { notes: { to: 'called' } },
  })
})

it('TST-17 two people write in one text, character by character, one of them on a train', async () => {
  const { tenant, ada } = await tenantOfThree()
  const cleo = tenant.client({ sub: 'cleo', role: 'owner' }, { parts: [text()] })
  const { id } = ada.boardSettings.insert({ name: 'Board', welcome: 'The cat sat.' })
  await tenant.settle()
  const mine = openText(ada, 'boardSettings', id, 'welcome')
  const others = openText(cleo, 'boardSettings', id, 'welcome')
  mine.subscribe(() => {})
  others.subscribe(() => {})
  await tenant.settle()
  tenant.offline(cleo)
  others.insert(4, 'old ')
  mine.insert(12, ' It slept.')
  await tenant.settle()
  expect(others.getSnapshot()).toMatchObject({ text: 'The old cat sat.', pending: true })
  tenant.online(cleo)
  await tenant.advance(5_000)
  const both = 'The old cat sat. It slept.'
  expect([mine.getSnapshot().text, others.getSnapshot().text]).toEqual([both, both])
  expect(tenant.rows('boardSettings')).toMatchObject([{ welcome: both }])
})

it('TST-17 a text that there is not says so', async () => {
  const { tenant, ada } = await tenantOfThree()
  const handle = openText(ada, 'boardSettings', 'b9', 'welcome')
  handle.subscribe(() => {})
  await tenant.settle()
  expect(handle.getSnapshot()).toMatchObject({ status: 'error', error: { code: 'not-found' } })
})
