import type { Invoice, Payment } from '../data/database.ts'
import { today } from '../invoices/dates.ts'
import type { Status } from '../invoices/status.ts'
import { useSession } from '../session/use-session.ts'

export type InvoiceEdits = {
  setStatus(status: Status): void
  /** '' takes the date away. */
  setDueOn(day: string): void
  setReference(reference: string): void
  addReminder(): void
  /** Records a payment of today, in minor units. */
  pay(amountCents: number, method: Payment['method']): void
}

/** What a person can do to an invoice. Each of it is visible at once and followed to the end. */
export function useInvoiceEdits({ id, number }: Invoice): InvoiceEdits {
  const { db, track } = useSession()
  return {
    setStatus: (status) =>
      track(
        `The status of ${number}`,
        id,
        db.invoices.update(id, (invoice) => {
          invoice.status = status
        }),
        'status',
      ),
    setDueOn: (day) =>
      track(
        `The due date of ${number}`,
        id,
        db.invoices.update(id, (invoice) => {
          invoice.dueOn = day === '' ? null : day
        }),
        'dueOn',
      ),
    setReference: (reference) =>
      track(
        `The reference of ${number}`,
        id,
        db.invoices.update(id, (invoice) => {
          invoice.reference = reference.trim()
        }),
        'reference',
      ),
    addReminder: () =>
      track(
        `The reminder for ${number}`,
        id,
        db.invoices.update(id, (invoice) => {
          invoice.reminders += 1
        }),
      ),
    pay: (amountCents, method) =>
      track(
        `The payment on ${number}`,
        id,
        db.payments.insert({ invoiceId: id, amountCents, method, paidOn: today() }),
      ),
  }
}
