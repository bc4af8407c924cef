import {
  add,
  counter,
  defineApp,
  effect,
  everything,
  immutable,
  kinds,
  role,
  states,
  text,
  where,
} from 'tidemark'
import * as v from 'valibot'
import { checkBusinessName, checkContactName, checkCurrency, checkEmail, judge } from './checks.ts'
import { businessProfile, contacts, invoices, payments } from './schema.ts'

const claims = v.looseObject({
  sub: v.string(),
  tenant: v.string(),
  name: v.optional(v.string()),
  role: v.picklist(['viewer', 'clerk', 'owner']),
})

type Role = v.InferOutput<typeof claims>['role']

const writers = ({ claims: { role } }: { claims: { role: Role } }) =>
  role !== 'viewer' || 'Viewers can look at everything and change nothing.'

/** What people are told, besides what the engine tells them. */
type Told = {
  'invoice-created': { number: string; totalCents: number }
  'invoice-status': { number: string; from: string; to: string }
  'invoice-deleted': { number: string }
  'payment-received': { invoiceId: string; number: string; amountCents: number }
}

/** Whoever keeps the books. */
const KEEPERS = [role('owner'), role('clerk')]

/** The invoicing application: what may happen to its tables, who may do it, and who is told. */
export const app = defineApp({
  tables: { contacts, invoices, payments, businessProfile },
  claims,
  presence: { name: 'name', show: ['role'] },
  notifications: { kinds: kinds<Told>(), audience: ['role'] },
  conflicts: { review: ({ claims: { role } }) => role === 'owner' },
})
  .collection('contacts', {
    write: (request) => {
      const may = writers(request)
      return may === true ? judge(request.op, { name: checkContactName, email: checkEmail }) : may
    },
  })
  .collection('invoices', {
    merge: {
      number: immutable(),
      contactId: immutable(),
      status: states({
        draft: ['sent', 'void'],
        sent: ['part_paid', 'paid', 'void'],
        part_paid: ['paid', 'void'],
      }),
      paidCents: effect(counter()),
      reminders: counter(),
      notes: text(),
    },
    write: writers,
    read: ({ claims }) => (claims.role === 'viewer' ? where.not({ status: 'draft' }) : everything),
    hide: { notes: ({ claims }) => claims.role === 'viewer' },
    tags: (invoice) => ['invoices_list', `invoices_${invoice.id}`, `contact_${invoice.contactId}`],
    indexes: [['status', 'dueOn'], ['contactId']],
    notify: {
      insert: ({ number, totalCents }) => ({
        to: KEEPERS,
        kind: 'invoice-created',
        data: { number, totalCents },
        fields: ['number', 'totalCents'],
      }),
      // A payment that changes the status tells of itself.
      update: ({ number, status, paidCents }, { before }) =>
        status !== before.status &&
        paidCents === before.paidCents && {
          to: KEEPERS,
          kind: 'invoice-status',
          data: { number, from: before.status, to: status },
          fields: ['number', 'status'],
        },
      delete: ({ number }) => ({
        to: KEEPERS,
        kind: 'invoice-deleted',
        data: { number },
        fields: ['number'],
        // Whoever deleted it finds it again by this, too.
        self: true,
      }),
    },
  })
  .collection('payments', {
    insertOnly: true,
    write: writers,
    tags: (payment) => ['payments_list', `payments_${payment.id}`, `invoices_${payment.invoiceId}`],
    indexes: [['invoiceId']],
    effects: {
      insert(tx, payment) {
        const invoice = tx.invoices.get(payment.invoiceId)
        if (!invoice) return tx.refuse('There is no such invoice.')
        if (payment.amountCents <= 0) return tx.refuse('A payment is more than nothing.')
        if (invoice.status === 'draft') return tx.refuse('Send the invoice before recording a payment.')
        if (invoice.status === 'void') return tx.refuse('The invoice is void.')
        const paid = invoice.paidCents + payment.amountCents
        tx.invoices.update(invoice.id, {
          paidCents: add(payment.amountCents),
          status: paid >= invoice.totalCents ? 'paid' : 'part_paid',
        })
      },
    },
    notify: {
      insert: ({ invoiceId, amountCents }, { rows }) => ({
        to: KEEPERS,
        kind: 'payment-received',
        data: { invoiceId, number: rows.invoices.get(invoiceId)?.number ?? '', amountCents },
        group: invoiceId,
      }),
    },
  })
  .collection('businessProfile', {
    write: ({ claims: { role }, op }) =>
      role === 'owner'
        ? judge(op, { name: checkBusinessName, currency: checkCurrency })
        : 'Only the owner changes the business profile.',
  })

export type App = typeof app
