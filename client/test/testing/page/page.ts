import { app } from '../../../../test/fixtures/board/sync.ts'
import { createTestTenant } from '../../../src/testing/index.ts'

/** Two people and a program change one card, in a page without a server. */
async function play(): Promise<string> {
  const tenant = createTestTenant(app)
  const [ada, ben] = [
    tenant.client({ sub: 'ada', role: 'owner' }),
    tenant.client({ sub: 'ben', role: 'editor' }),
  ]
  for (const db of [ada, ben]) db.cards.all().subscribe(() => {})
  await tenant.settle()
  const { id } = ada.cards.insert({ number: 'A-1', assigneeId: 'p1', targetPoints: 10 })
  await tenant.settle()
  tenant.offline(ben)
  ben.cards.update(id, (card) => {
    card.reactions += 1
  })
  tenant.write('cards', id, { reactions: 5 })
  tenant.online(ben)
  await tenant.advance(1_000)
  tenant.refuseNext('cards', 'No.')
  const refused = ada.cards.delete(id)
  await tenant.settle()
  const { ok } = await refused.committed
  return JSON.stringify([ok, ada.cards.get(id)?.reactions, tenant.rows('cards').length])
}

const output = document.querySelector('output')
const say = (text: string) => {
  if (output) output.value = text
}
play().then(say, (thrown: unknown) => say(String(thrown)))
