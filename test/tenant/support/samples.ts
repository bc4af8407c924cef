import type { FieldOp, Op } from '../../../src/protocol/edit.ts'
import type { Value } from '../../../src/protocol/value.ts'

export function contact(id = 'c1'): Op {
  return { op: 'insert', collection: 'contacts', id, values: { name: 'Anna Berg' } }
}

export function invoice(id: string, values: Record<string, Value> = {}): Op {
  return {
    op: 'insert',
    collection: 'invoices',
    id,
    values: { number: `N-${id}`, contactId: 'c1', totalCents: 10_000, ...values },
  }
}

export function change(id: string, fields: Record<string, FieldOp>): Op {
  return { op: 'update', collection: 'invoices', id, fields }
}

export function payment(id: string, invoiceId: string, amountCents: number): Op {
  return {
    op: 'insert',
    collection: 'payments',
    id,
    values: { invoiceId, amountCents, method: 'bank', paidOn: '2026-01-31' },
  }
}
