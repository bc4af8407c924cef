import { afterAll, beforeAll, expect, it } from 'vitest'
import { open, type Person } from '../support/person.ts'
import { type Stack, startStack } from '../support/stack.ts'

let stack: Stack
let ada: Person
let ben: Person

beforeAll(async () => {
  stack = await startStack()
  ada = await open(stack, 'ada')
  ben = await open(stack, 'ben')
  const { committed } = ada.db.transaction((tx) => {
    tx.assignees.insert({ id: 'a1', name: 'Mill & Sons' })
    tx.cards.insert({ id: 'c1', number: 'N-1', assigneeId: 'a1', targetPoints: 10_000 })
  })
  expect(await committed).toMatchObject({ ok: true })
})

afterAll(async () => {
  ada.close()
  ben.close()
  await stack.stop()
})

it('TEN-41 a change made in Postgres is found by the clock while somebody is connected', async () => {
  await stack.sql("UPDATE cards SET notes = 'called', reactions = reactions + 2 WHERE id = 'c1'")
  for (const person of [ada, ben]) {
    const { reactions } = await person.sees('c1', ({ notes }) => notes === 'called')
    expect(reactions).toBe(2)
  }
  expect(ada.shown()).toEqual(ben.shown())
})
