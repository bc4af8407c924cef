import { expect, it } from 'vitest'
import { until } from '../../dev/harness/until.ts'
import { expectAccepted } from '../support/outcomes.ts'
import type { Person } from '../support/person.ts'
import type { Stack } from '../support/stack.ts'
import { bookCard, useTwoPeople } from '../support/two-people.ts'

let stack: Stack
let ada: Person
let ben: Person

useTwoPeople('once', (two) => {
  ;({ stack, ada, ben } = two)
  return bookCard(two)
})

it('E2E-27 an object whose tenant another log has claimed writes nothing more, tells its clients, and lets nobody in', async () => {
  const states: string[] = []
  const stops = [ada, ben].map(({ db }, place) =>
    db.connection.subscribe(() => states.push(`${place}: ${db.connection.getSnapshot().state}`)),
  )
  const history = () => stack.sql('SELECT epoch, seq, actor, n FROM tidemark.history ORDER BY seq')
  const before = await history()
  await stack.sql(
    "SELECT tidemark.open_tenant('acme', 'another-log', epoch) FROM tidemark.ledger WHERE tenant_id = 'acme'",
  )
  await expectAccepted(
    [ada, ben].map(({ db }) =>
      db.cards.update('c1', (card) => {
        card.reactions += 1
      }),
    ),
  )
  for (const place of [0, 1]) {
    await until('the client is told', () =>
      states.some((state) => state.startsWith(`${place}`) && state !== `${place}: live`),
    )
  }
  for (const { db } of [ada, ben]) {
    await until('nobody is let in', () => db.connection.getSnapshot().cause?.code === 'busy')
  }
  const epochs = before.map(({ epoch }) => epoch)
  expect((await history()).filter(({ epoch }) => epochs.includes(epoch))).toEqual(before)
  for (const stop of stops) stop()
})
