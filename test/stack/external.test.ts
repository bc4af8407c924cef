import { expect, it } from 'vitest'
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

it('TEN-41 a change made in Postgres is found by the clock while somebody is connected', async () => {
  await stack.sql("UPDATE cards SET notes = 'called', reactions = reactions + 2 WHERE id = 'c1'")
  for (const person of [ada, ben]) {
    const { reactions } = await person.sees('c1', ({ notes }) => notes === 'called')
    expect(reactions).toBe(2)
  }
  expect(ada.shown()).toEqual(ben.shown())
})
