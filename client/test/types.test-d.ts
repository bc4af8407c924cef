import type { App } from '../../src/app/sync.ts'
import type { Client } from '../src/types.ts'

/** Never run: the compiler is the test. A wrong line that compiles is an error in this file. */
export function typesHold(db: Client<App>): void {
  db.contacts.insert({ name: 'Ada' })
  const { id } = db.invoices.insert({ number: 'A-1', contactId: 'c1', totalCents: 100 })
  db.invoices.update(id, (invoice) => {
    invoice.status = 'sent'
    invoice.reminders += 1
    invoice.dueOn = null
    // @ts-expect-error a status that is not one
    invoice.status = 'shipped'
    // @ts-expect-error only effects write it
    invoice.paidCents = 5
    // @ts-expect-error a record keeps its id
    invoice.id = 'other'
    // @ts-expect-error not a column
    invoice.colour = 'red'
  })
  // @ts-expect-error only effects write it
  db.invoices.insert({ number: 'A-1', contactId: 'c1', totalCents: 100, paidCents: 5 })
  // @ts-expect-error not a column
  db.invoices.insert({ number: 'A-1', contactId: 'c1', totalCents: 100, colour: 'red' })
  // @ts-expect-error a value is missing
  db.invoices.insert({ number: 'A-1', contactId: 'c1' })
  // @ts-expect-error not a collection
  db.ships.all()
  db.transaction((tx) => {
    const payment: string = tx.payments.insert({
      invoiceId: id,
      amountCents: 5,
      method: 'card',
      paidOn: '2026-01-31',
    })
    tx.invoices.delete(payment)
    // @ts-expect-error no live query inside a transaction
    tx.invoices.all()
  })
  db.invoices.delete(id, { durability: 'committed', deadlineMs: 30_000 })
  db.transaction((tx) => tx.invoices.delete(id), { durability: 'committed' })
  // @ts-expect-error only an edit that is Postgres first has a deadline
  db.invoices.delete(id, { deadlineMs: 30_000 })
  const row = db.invoices.all().getSnapshot().rows[0]
  const paid: number | undefined = row?.paidCents
  const pending: boolean | undefined = row?.$sync.pending
  // @ts-expect-error the tenant is the server's business
  const tenant: unknown = row?.tenantId
  // @ts-expect-error rows are read-only
  if (row) row.number = 'A-2'
  db.connection.subscribe(({ state }) => [state, paid, pending, tenant])
}
