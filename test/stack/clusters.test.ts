import { expect, it } from 'vitest'
import { until } from '../../dev/harness/until.ts'
import {
  type Dump,
  dump,
  EVERY_RESTORING,
  passTransactions,
  type Restoring,
  restore,
} from '../support/dump.ts'
import { expectAccepted, expectCommitted } from '../support/outcomes.ts'
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

const react = ({ db }: Person, by: number) =>
  db.cards.update('c1', (card) => {
    card.reactions += by
  })

/** Others change the card, and an assignee comes and goes; with what clients see of it. */
async function changeExternal(by: number): Promise<void> {
  await stack.sql("INSERT INTO assignees (tenant_id, id, name) VALUES ('acme', 'gone', 'Gone')")
  await stack.sql("UPDATE cards SET reactions = reactions + $1, notes = notes || '.' WHERE id = 'c1'", [by])
  await stack.nudge('acme')
  await until('the assignee is there', () => ada.db.assignees.get('gone'))
  await stack.sql("DELETE FROM assignees WHERE id = 'gone'")
  await stack.nudge('acme')
  await until('the assignee is gone', () => !ada.db.assignees.get('gone'))
}

const card = async () => (await stack.sql("SELECT reactions, notes FROM cards WHERE id = 'c1'"))[0]

/** Waits for the sum, in Postgres and for everybody, and that nothing else is shown than what Postgres has. */
async function expectReactions(sum: number): Promise<void> {
  await until(`${sum} reactions in Postgres`, async () => (await card())?.['reactions'] === sum)
  const there = await card()
  for (const person of [ada, ben]) {
    await person.sees('c1', ({ reactions, notes }) => reactions === sum && notes === there?.['notes'])
    expect(person.db.assignees.get('gone')).toBeUndefined()
  }
  expect(ben.shown()).toEqual(ada.shown())
  // What others wrote has no number that outlives a log.
  const twice = await stack.sql(
    "SELECT actor, n FROM tidemark.history WHERE actor <> 'sql' GROUP BY actor, n HAVING count(*) > 1",
  )
  expect(twice).toEqual([])
}

const epochs = async () => (await stack.sql('SELECT epoch FROM tidemark.epoch')).length

/** Goes on in another cluster, which takes a dump while somebody edits. */
async function move(dumped: Dump, how: Restoring, meanwhile: () => Promise<void>): Promise<void> {
  await stack.anotherCluster(async (connectionString) => {
    await restore(connectionString, dumped, how)
    await meanwhile()
  })
}

/** Old numbers are passed, and others write on: each counts once. */
async function goOn(sum: number): Promise<void> {
  await expectReactions(sum)
  const began = await epochs()
  await changeExternal(1)
  await passTransactions(stack.connectionString, 6_000)
  await stack.nudge('acme')
  await expectReactions(sum + 1)
  await expectCommitted([react(ben, 1)])
  await expectReactions(sum + 2)
  expect(await epochs()).toBe(began)
}

let sum = 0

it.each(EVERY_RESTORING)(
  'EPO-37 after a dump was restored into another cluster nothing from before takes effect again, and what was accepted meanwhile is kept (%s)',
  async (how) => {
    await passTransactions(stack.connectionString, 3_000)
    await changeExternal(10)
    await expectCommitted([react(ada, 100)])
    sum += 110
    await expectReactions(sum)
    const before = await epochs()
    const dumped = await dump(stack.connectionString)
    await move(dumped, how, () => expectAccepted([react(ada, 1_000), react(ben, 2_000)]))
    sum += 3_000
    await goOn(sum)
    sum += 2
    expect(await epochs()).toBe(before + 1)
  },
)

it('EPO-38 a dump that is older than the object brings back what others wrote by then, and every edit has one effect', async () => {
  await changeExternal(10)
  await expectReactions(sum + 10)
  const dumped = await dump(stack.connectionString)
  await expectCommitted([react(ada, 100)])
  await changeExternal(20_000)
  await expectReactions(sum + 20_110)
  await move(dumped, 'whole', () => expectAccepted([react(ada, 1_000)]))
  // What others have written since the dump is lost, as everywhere; the object has its edits still.
  sum += 1_110
  await goOn(sum)
  sum += 2
})

it('EPO-39 deleted changes, before the dump and after it was restored, cost one new epoch and no more', async () => {
  await stack.sql("SELECT tidemark.prune_changes('0 s')")
  await changeExternal(10)
  sum += 10
  await expectReactions(sum)
  await stack.sql("SELECT tidemark.prune_changes('0 s')")
  const before = await epochs()
  const dumped = await dump(stack.connectionString)
  for (const how of ['whole', 'data, triggers on'] as const) {
    await move(dumped, how, () => expectAccepted([react(ben, 1_000)]))
    await expectReactions(sum + 1_000)
    await stack.sql("SELECT tidemark.prune_changes('0 s')")
    await stack.nudge('acme')
    await expectCommitted([react(ada, 1)])
    await expectReactions(sum + 1_001)
    expect(await epochs()).toBe(before + 1)
    // The same dump once more: what it lacks now, the object has.
    sum += 1_001
  }
})
