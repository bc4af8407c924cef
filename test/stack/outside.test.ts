import { expect, it } from 'vitest'
import type { Person } from '../../dev/harness/person.ts'
import type { Stack } from '../../dev/harness/stack.ts'
import { bookInvoice, useTwoPeople } from '../support/two-people.ts'

let stack: Stack
let ada: Person
let ben: Person

useTwoPeople('once', (two) => {
  ;({ stack, ada, ben } = two)
  return bookInvoice(two)
})

it('TEN-41 a change made in Postgres is found by the clock while somebody is connected', async () => {
  await stack.sql("UPDATE invoices SET notes = 'called', reminders = reminders + 2 WHERE id = 'i1'")
  for (const person of [ada, ben]) {
    const { reminders } = await person.sees('i1', ({ notes }) => notes === 'called')
    expect(reminders).toBe(2)
  }
  expect(ada.shown()).toEqual(ben.shown())
})
