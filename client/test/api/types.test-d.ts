import type { App } from '../../../examples/invoices/sync.ts'
import type { Client } from '../../src/api/types.ts'
import { where } from '../../src/index.ts'

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
  const late = db.invoices
    .where({ status: { in: ['sent', 'paid'] }, dueOn: { lt: '2026-01-31' }, number: { prefix: 'A-' } })
    .where(where.any({ notes: { not: '' } }, where.not({ reminders: { gte: 3 } })))
    .orderBy('dueOn', 'desc')
    .limit(50)
    .select('number', 'dueOn')
  const shown: { readonly id: string; readonly number: string } | undefined = late.getSnapshot().rows[0]
  // @ts-expect-error not among the selected columns
  const unselected: unknown = late.getSnapshot().rows[0]?.notes
  // @ts-expect-error a status that is not one
  db.invoices.where({ status: 'shipped' })
  // @ts-expect-error neither in a list
  db.invoices.where({ status: { in: ['sent', 'shipped'] } })
  // @ts-expect-error a number has no beginning
  db.invoices.where({ reminders: { prefix: '1' } })
  // @ts-expect-error not a column
  db.invoices.where({ colour: 'red' })
  // @ts-expect-error nor deep inside
  db.invoices.where(where.all({ notes: '' }, where.not({ colour: 'red' })))
  // @ts-expect-error not a column to sort by
  db.invoices.all().orderBy('colour')
  // @ts-expect-error no such priority
  db.invoices.all().priority('urgent')
  db.onInvalidate('invoices_*', ({ tags, seq }) => [tags, seq, shown, unselected])
  db.connection.subscribe(({ state }) => [state, paid, pending, tenant])
}
