import { expect, it } from 'vitest'
import type { Person } from '../../dev/harness/person.ts'
import type { Stack } from '../../dev/harness/stack.ts'
import { until } from '../../dev/harness/until.ts'
import { useTwoPeople } from '../support/two-people.ts'

let stack: Stack
let ada: Person
let ben: Person

useTwoPeople('once', async (two) => {
  ;({ stack, ada, ben } = two)
  const { committed } = ada.db.transaction((tx) => {
    tx.contacts.insert({ id: 'c1', name: 'Mill & Sons' })
    for (const id of ['i1', 'i2'])
      tx.invoices.insert({ id, number: `N-${id}`, contactId: 'c1', totalCents: 10_000 })
  })
  expect(await committed).toMatchObject({ ok: true })
})

const asideOf = ({ db }: Person) => db.invoices.all().getSnapshot().aside

const note = ({ db }: Person, id: string, notes: string) =>
  db.invoices.update(id, (draft) => {
    draft.notes = notes
  })

it('ASD-2 a value that nobody can be shown takes its record off every screen, with the reason, and nothing else stops', async () => {
  await stack.sql("UPDATE invoices SET total_cents = 9007199254740993 WHERE id = 'i1'")
  for (const person of [ada, ben]) {
    const aside = await until('it is told', () => asideOf(person))
    expect(aside).toEqual([{ id: 'i1', reason: '"totalCents" must be a whole number below 2^53.' }])
    expect(person.db.invoices.get('i1')).toBeUndefined()
  }
  expect(await note(ada, 'i1', 'mine').accepted).toMatchObject({ ok: false, error: { code: 'set-aside' } })
  expect(await note(ben, 'i2', 'goes on').committed).toMatchObject({ ok: true })
  await ada.sees('i2', ({ notes }) => notes === 'goes on')

  await stack.sql("UPDATE invoices SET total_cents = 7 WHERE id = 'i1'")
  for (const person of [ada, ben]) {
    await person.sees('i1', ({ totalCents }) => totalCents === 7)
    await until('it is told no more', () => asideOf(person) === undefined)
  }
  expect(await note(ada, 'i1', 'mine').committed).toMatchObject({ ok: true })
})

it('IDS-3 a row whose id is none freezes nobody', async () => {
  await stack.sql(
    "INSERT INTO contacts (tenant_id, id, name) SELECT tenant_id, repeat('x', 200), 'Long' FROM contacts WHERE id = 'c1'",
  )
  await stack.sql("UPDATE contacts SET city = 'Lund' WHERE id = 'c1'")
  await until('the other change', () => ada.db.contacts.get('c1')?.city === 'Lund')
  expect(ada.db.contacts.all().getSnapshot().rows).toHaveLength(1)
  expect(await ada.db.contacts.insert({ id: 'x'.repeat(129), name: 'Long' }).accepted).toMatchObject({
    ok: false,
    error: { code: 'bad-id' },
  })
  expect(await ada.db.contacts.insert({ name: 'Next' }).committed).toMatchObject({ ok: true })
})
