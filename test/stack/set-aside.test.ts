import { expect, it } from 'vitest'
import { until } from '../../dev/harness/until.ts'
import type { Person } from '../support/person.ts'
import type { Stack } from '../support/stack.ts'
import { useTwoPeople } from '../support/two-people.ts'

let stack: Stack
let ada: Person
let ben: Person

useTwoPeople('once', async (two) => {
  ;({ stack, ada, ben } = two)
  const { committed } = ada.db.transaction((tx) => {
    tx.assignees.insert({ id: 'a1', name: 'Mill & Sons' })
    for (const id of ['c1', 'c2'])
      tx.cards.insert({ id, number: `N-${id}`, assigneeId: 'a1', targetPoints: 10_000 })
  })
  expect(await committed).toMatchObject({ ok: true })
})

const asideOf = ({ db }: Person) => db.cards.all().getSnapshot().aside

const note = ({ db }: Person, id: string, notes: string) =>
  db.cards.update(id, (draft) => {
    draft.notes = notes
  })

it('ASD-2 a value that nobody can be shown takes its record off every screen, with the reason, and nothing else stops', async () => {
  await stack.sql("UPDATE cards SET target_points = 9007199254740993 WHERE id = 'c1'")
  for (const person of [ada, ben]) {
    const aside = await until('it is told', () => asideOf(person))
    expect(aside).toEqual([{ id: 'c1', reason: '"targetPoints" must be a whole number below 2^53.' }])
    expect(person.db.cards.get('c1')).toBeUndefined()
  }
  expect(await note(ada, 'c1', 'mine').accepted).toMatchObject({ ok: false, error: { code: 'set-aside' } })
  expect(await note(ben, 'c2', 'goes on').committed).toMatchObject({ ok: true })
  await ada.sees('c2', ({ notes }) => notes === 'goes on')

  await stack.sql("UPDATE cards SET target_points = 7 WHERE id = 'c1'")
  for (const person of [ada, ben]) {
    await person.sees('c1', ({ targetPoints }) => targetPoints === 7)
    await until('it is told no more', () => asideOf(person) === undefined)
  }
  expect(await note(ada, 'c1', 'mine').committed).toMatchObject({ ok: true })
})

it('IDS-3 a row whose id is none freezes nobody', async () => {
  await stack.sql(
    "INSERT INTO assignees (tenant_id, id, name) SELECT tenant_id, repeat('x', 200), 'Long' FROM assignees WHERE id = 'a1'",
  )
  await stack.sql("UPDATE assignees SET city = 'Lund' WHERE id = 'a1'")
  await until('the other change', () => ada.db.assignees.get('a1')?.city === 'Lund')
  expect(ada.db.assignees.all().getSnapshot().rows).toHaveLength(1)
  expect(await ada.db.assignees.insert({ id: 'x'.repeat(129), name: 'Long' }).accepted).toMatchObject({
    ok: false,
    error: { code: 'bad-id' },
  })
  expect(await ada.db.assignees.insert({ name: 'Next' }).committed).toMatchObject({ ok: true })
})
