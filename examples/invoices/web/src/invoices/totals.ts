import type { Entry } from './filter.ts'
import { isOpen } from './status.ts'

/** What a list of invoices comes to, in minor units. */
export type Totals = { readonly count: number; readonly owed: number; readonly overdue: number }

/** Sums what is still expected, and what of it is late on the given day. */
export function totalsOf(entries: readonly Entry[], day: string): Totals {
  let owed = 0
  let overdue = 0
  for (const { invoice } of entries) {
    if (!isOpen(invoice.status)) continue
    const rest = Math.max(0, invoice.totalCents - invoice.paidCents)
    owed += rest
    if (isOverdue(invoice, day)) overdue += rest
  }
  return { count: entries.length, owed, overdue }
}

/** Whether money is expected and its day has passed. */
export function isOverdue(invoice: Entry['invoice'], day: string): boolean {
  return isOpen(invoice.status) && invoice.dueOn !== null && invoice.dueOn < day
}
