import type { FieldOp, Op } from '../../src/protocol/edit.ts'

export const contact = (id: string): Op => ({
  op: 'insert',
  collection: 'contacts',
  id,
  values: { name: id },
})

export const invoice = (id: string, contactId: string, totalCents = 1_000): Op => ({
  op: 'insert',
  collection: 'invoices',
  id,
  values: { number: `N-${id}`, contactId, totalCents },
})

export const change = (id: string, fields: Record<string, FieldOp>): Op => ({
  op: 'update',
  collection: 'invoices',
  id,
  fields,
})
