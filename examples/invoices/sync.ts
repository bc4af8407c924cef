import { add, counter, defineApp, effect, everything, immutable, states, where } from 'tidemark'
import * as v from 'valibot'
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

/** The invoicing application: what may happen to its tables, and who may do it. */
export const app = defineApp({ tables: { contacts, invoices, payments, businessProfile }, claims })
  .collection('contacts', { write: writers })
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
    },
    write: writers,
    read: ({ claims }) => (claims.role === 'viewer' ? where.not({ status: 'draft' }) : everything),
    hide: { notes: ({ claims }) => claims.role === 'viewer' },
    tags: (invoice) => ['invoices_list', `invoices_${invoice.id}`, `contact_${invoice.contactId}`],
    indexes: [['status', 'dueOn'], ['contactId']],
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
  })
  .collection('businessProfile', {
    write: ({ claims: { role } }) => role === 'owner' || 'Only the owner changes the business profile.',
  })

export type App = typeof app
