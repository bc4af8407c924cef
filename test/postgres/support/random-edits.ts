import type { Change, LogEntry } from '../../../src/core/log/log.ts'
import { entry, insertContact, insertInvoice, remove, update } from './edits.ts'

/** A log of edits that Postgres takes: records come, change, go and come again. */
export function randomEdits(seed: number, count: number): LogEntry[] {
  const below = numbersFrom(seed)
  const contacts = new Set(['c1'])
  /** What has been paid of each invoice. */
  const invoices = new Map<string, number>()
  const change = (seq: number): Change => {
    const contact = `c${2 + below(6)}`
    const invoice = `i${below(8)}`
    if (below(2) === 0) {
      if (contacts.has(contact) && below(3) === 0) return drop(contacts, 'contacts', contact)
      if (contacts.has(contact))
        return update('contacts', contact, below(2) ? { name: `n${seq}` } : { city: `y${seq}` })
      contacts.add(contact)
      return insertContact(contact)
    }
    const paid = invoices.get(invoice)
    if (paid === undefined) {
      invoices.set(invoice, 0)
      return insertInvoice(invoice)
    }
    if (below(5) === 0) return drop(invoices, 'invoices', invoice)
    if (below(2)) {
      const amount = 1 + below(500)
      invoices.set(invoice, paid + amount)
      return update(
        'invoices',
        invoice,
        { paidCents: paid + amount, status: 'part_paid' },
        { paidCents: amount },
      )
    }
    return update('invoices', invoice, below(2) ? { notes: `t${seq}`, dueOn: '2026-02-28' } : { dueOn: null })
  }
  return Array.from({ length: count }, (_, i) =>
    i === 0 ? entry(1, [insertContact('c1')]) : entry(i + 1, [change(i + 1)]),
  )
}

function drop(alive: { delete(id: string): boolean }, collection: string, id: string): Change {
  alive.delete(id)
  return remove(collection, id)
}

/** A linear congruential generator (Numerical Recipes): enough to vary a log, the same for a seed. */
export function numbersFrom(seed: number): (bound: number) => number {
  let state = seed
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * bound)
  }
}
