import { afterAll, beforeAll, expect, it } from 'vitest'
import { until } from '../../dev/harness/until.ts'
import { expectAccepted, expectCommitted } from '../support/outcomes.ts'
import { open, type Person } from '../support/person.ts'
import { type Stack, startStack } from '../support/stack.ts'

let stack: Stack
let ada: Person
let ben: Person

beforeAll(async () => {
  stack = await startStack()
  ada = await open(stack, 'ada')
  ben = await open(stack, 'ben')
  await expectCommitted([
    ada.db.transaction((tx) => {
      tx.assignees.insert({ id: 'a1', name: 'Mill & Sons' })
      tx.cards.insert({ id: 'c1', number: 'N-1', assigneeId: 'a1', targetPoints: 10_000 })
    }),
  ])
  await ben.sees('c1', () => true)
})

afterAll(async () => {
  ada.close()
  ben.close()
  await stack.stop()
})

it('E2E-27 an object whose tenant another log has claimed writes nothing more, tells its clients, and lets nobody in', async () => {
  const states: string[] = []
  const stops = [ada, ben].map(({ db }, place) =>
    db.connection.subscribe(() => states.push(`${place}: ${db.connection.getSnapshot().state}`)),
  )
  const history = () => stack.sql('SELECT epoch, seq, actor, n FROM tidemark.history ORDER BY seq')
  const before = await history()
  await stack.sql("SELECT tidemark.open_tenant('acme', 'another-log')")
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
