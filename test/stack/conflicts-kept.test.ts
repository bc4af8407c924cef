import { expect, it } from 'vitest'
import { until } from '../../dev/harness/until.ts'
import { expectAccepted, expectCommitted } from '../support/outcomes.ts'
import { open, type Person } from '../support/person.ts'
import type { Stack } from '../support/stack.ts'
import { bookCard, useTwoPeople } from '../support/two-people.ts'

let stack: Stack
let ada: Person
let ben: Person

useTwoPeople('each', async (two) => {
  ;({ stack, ada, ben } = two)
  for (const person of [ada, ben]) person.db.conflicts.all().subscribe(() => undefined)
  await bookCard(two)
})

const allOf = ({ db }: Person) => db.conflicts.all().getSnapshot().items

/** Both write the notes of the card, in one go. */
const write = () =>
  [ada, ben].map(({ db }, person) =>
    db.cards.update('c1', (card) => {
      card.notes = `by ${person === 0 ? 'ada' : 'ben'}`
    }),
  )

const bothAreTold = (of: number) =>
  until('both are told', () =>
    [ada, ben].every((person) => allOf(person).flatMap((item) => item.losers).length === of),
  )

const kept = () => stack.sql('SELECT field, state, resolution, loser, base FROM tidemark.conflict')

it('CNF-12 when Postgres was put back to before a conflict, both people hold it still, and Postgres has it once', async () => {
  const restore = await stack.keepPostgres()
  await until('they are there', () =>
    [ada, ben].every(({ db }) => db.connection.getSnapshot().state === 'live'),
  )
  const edits = write()
  await expectAccepted(edits)
  await bothAreTold(1)
  const [before] = allOf(ada)
  await restore()
  await expectCommitted(edits)
  await stack.nudge('acme')
  await until('Postgres has it again', async () => (await kept()).length > 0)
  await bothAreTold(1)
  expect(allOf(ada)).toMatchObject([{ key: before?.key, winner: before?.winner, base: '' }])
  expect(allOf(ben)).toMatchObject([{ key: before?.key, winner: before?.winner, base: '' }])
  expect(await kept()).toMatchObject([{ field: 'notes', state: 'open', base: { value: '' } }])
})

it('CNF-15 plain SQL resolves one for all; who was away has it when they come, and who has no part in it has none', async () => {
  await expectCommitted(write())
  await bothAreTold(1)
  ben.close()
  await stack.sql("UPDATE tidemark.conflict SET state = 'resolved'")
  await stack.nudge('acme')
  await until('it is over', () => allOf(ada)[0]?.state === 'resolved')
  const [again, other] = [await open(stack, 'ben'), await open(stack, 'cleo')]
  for (const person of [again, other]) person.db.conflicts.all().subscribe(() => undefined)
  await until('who was away has it', () => allOf(again)[0]?.state === 'resolved')
  await until('all is answered', () => other.db.conflicts.all().getSnapshot().status === 'ready')
  expect(allOf(other)).toEqual([])
  again.close()
  other.close()
})
