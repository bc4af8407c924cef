import type { Change, LogEntry } from '../../src/core/log/log.ts'

/** One edit of the load: a new contact, and a note and a reminder on an invoice that exists. */
export type Work = {
  readonly contact: { readonly id: string; readonly name: string }
  readonly invoice: { readonly id: string; readonly reference: string }
}

/** The work of one batch: everyday edits, of which each touches two rows. */
export function workOf(batch: number, edits: number, invoices: number): Work[] {
  return Array.from({ length: edits }, (_, place) => {
    const made = batch * edits + place
    return {
      contact: { id: `c-${made}`, name: `Contact ${made}` },
      // No two edits of a batch meet in a row, so that both ways write as many rows.
      invoice: { id: invoiceId(made % invoices), reference: `called for the time ${made}` },
    }
  })
}

export function invoiceId(place: number): string {
  return `i-${place}`
}

/** The same as the object's log has it, after `seq`. */
export function toEntries(work: readonly Work[], seq: number): LogEntry[] {
  return work.map(({ contact, invoice }, place) => {
    const n = seq + place + 1
    const insert: Change = {
      kind: 'insert',
      collection: 'contacts',
      id: contact.id,
      after: { ...contact, email: '', city: '' },
    }
    const update: Change = {
      kind: 'update',
      collection: 'invoices',
      id: invoice.id,
      before: { reference: '', reminders: 0 },
      after: { reference: invoice.reference, reminders: 1 },
      adds: { reminders: 1 },
    }
    return { seq: n, actor: 'client-a1', n, subject: 'ada', at: 1_767_225_600_000, changes: [insert, update] }
  })
}
