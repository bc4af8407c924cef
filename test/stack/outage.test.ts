import { expect, it } from 'vitest'
import type { Person } from '../../dev/harness/person.ts'
import type { Stack } from '../../dev/harness/stack.ts'
import { until } from '../../dev/harness/until.ts'
import { bookInvoice, useTwoPeople } from '../support/two-people.ts'

let stack: Stack
let ada: Person
let ben: Person

useTwoPeople('once', (two) => {
  ;({ stack, ada, ben } = two)
  return bookInvoice(two)
})

it('E2E-7 while Postgres is away editing goes on, and when it returns everything arrives exactly once', async () => {
  await stack.stopPostgres()
  const edits = Array.from({ length: 20 }, (_, index) => [
    ada.db.invoices.update('i1', (invoice) => {
      invoice.reminders += 1
    }),
    ben.db.invoices.insert({ number: `B-${index}`, contactId: 'c1', totalCents: index }),
  ]).flat()
  for (const { accepted } of edits) expect(await accepted).toMatchObject({ ok: true })
  await ben.sees('i1', ({ reminders }) => reminders === 20)
  expect(ada.db.connection.getSnapshot()).toMatchObject({ state: 'live', pending: 20 })

  await stack.startPostgres()
  for (const { committed } of edits) expect(await committed).toMatchObject({ ok: true })
  expect(await stack.sql("SELECT reminders FROM invoices WHERE id = 'i1'")).toEqual([{ reminders: 20 }])
  expect(await stack.sql("SELECT count(*)::int AS n FROM invoices WHERE number LIKE 'B-%'")).toEqual([
    { n: 20 },
  ])
  const [history] = await stack.sql(
    'SELECT count(*)::int AS all, count(DISTINCT (actor, n))::int AS once FROM tidemark.history',
  )
  expect(history?.['all']).toBe(history?.['once'])
})

it('E2E-8 an edit that Postgres refuses is undone on every client with a reason, and later edits live on', async () => {
  const twin = ada.db.invoices.insert({ id: 'twin', number: 'N-1', contactId: 'c1', totalCents: 1 })
  const later = ada.db.invoices.update('i1', (invoice) => {
    invoice.notes = 'after the twin'
  })

  expect(await twin.accepted).toMatchObject({ ok: true })
  expect(await twin.committed).toMatchObject({ ok: false, error: { code: 'refused-unique' } })
  expect(await later.committed).toMatchObject({ ok: true })
  for (const { db } of [ada, ben])
    await until('the twin is gone', () => db.invoices.get('twin') === undefined)
  await ben.sees('i1', ({ notes }) => notes === 'after the twin')
  expect(await stack.sql("SELECT notes FROM invoices WHERE number = 'N-1'")).toEqual([
    { notes: 'after the twin' },
  ])
})
