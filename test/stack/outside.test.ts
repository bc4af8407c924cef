import { afterAll, beforeAll, expect, it } from 'vitest'
import { open, type Person } from '../../dev/harness/person.ts'
import { type Stack, startStack } from '../../dev/harness/stack.ts'

let stack: Stack
let ada: Person
let ben: Person

beforeAll(async () => {
  stack = await startStack()
  ada = await open(stack, 'ada')
  ben = await open(stack, 'ben')
  const { committed } = ada.db.transaction((tx) => {
    tx.contacts.insert({ id: 'c1', name: 'Mill & Sons' })
    tx.invoices.insert({ id: 'i1', number: 'N-1', contactId: 'c1', totalCents: 10_000 })
  })
  expect(await committed).toMatchObject({ ok: true })
})

afterAll(async () => {
  ada.close()
  ben.close()
  await stack.stop()
})

it('TEN-41 a change made in Postgres is found by the clock while somebody is connected', async () => {
  await stack.sql("UPDATE invoices SET notes = 'called', reminders = reminders + 2 WHERE id = 'i1'")
  for (const person of [ada, ben]) {
    const { reminders } = await person.sees('i1', ({ notes }) => notes === 'called')
    expect(reminders).toBe(2)
  }
  expect(ada.shown()).toEqual(ben.shown())
})
