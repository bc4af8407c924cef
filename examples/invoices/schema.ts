import {
  bigint,
  date,
  foreignKey,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  unique,
} from 'drizzle-orm/pg-core'

/** The invoicing application's tables. Every key starts with the tenant, so no row can point out of its own. */

export const contacts = pgTable(
  'contacts',
  {
    tenantId: text('tenant_id').notNull(),
    id: text('id').notNull(),
    name: text('name').notNull(),
    email: text('email').notNull().default(''),
    city: text('city').notNull().default(''),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.id] })],
)

export const invoices = pgTable(
  'invoices',
  {
    tenantId: text('tenant_id').notNull(),
    id: text('id').notNull(),
    number: text('number').notNull(),
    contactId: text('contact_id').notNull(),
    status: text('status', { enum: ['draft', 'sent', 'part_paid', 'paid', 'void'] })
      .notNull()
      .default('draft'),
    totalCents: bigint('total_cents', { mode: 'number' }).notNull(),
    paidCents: bigint('paid_cents', { mode: 'number' }).notNull().default(0),
    reminders: integer('reminders').notNull().default(0),
    /** What the customer calls it, such as an order number. */
    reference: text('reference').notNull().default(''),
    notes: text('notes').notNull().default(''),
    dueOn: date('due_on', { mode: 'string' }),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    unique('invoices_number').on(t.tenantId, t.number),
    foreignKey({
      columns: [t.tenantId, t.contactId],
      foreignColumns: [contacts.tenantId, contacts.id],
      name: 'invoices_contact',
    }),
    index('invoices_by_contact').on(t.tenantId, t.contactId),
  ],
)

export const payments = pgTable(
  'payments',
  {
    tenantId: text('tenant_id').notNull(),
    id: text('id').notNull(),
    invoiceId: text('invoice_id').notNull(),
    amountCents: bigint('amount_cents', { mode: 'number' }).notNull(),
    method: text('method', { enum: ['bank', 'card', 'cash'] }).notNull(),
    paidOn: date('paid_on', { mode: 'string' }).notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    foreignKey({
      columns: [t.tenantId, t.invoiceId],
      foreignColumns: [invoices.tenantId, invoices.id],
      name: 'payments_invoice',
    }),
    index('payments_by_invoice').on(t.tenantId, t.invoiceId),
  ],
)

export const businessProfile = pgTable(
  'business_profile',
  {
    tenantId: text('tenant_id').notNull(),
    id: text('id').notNull(),
    name: text('name').notNull(),
    address: text('address').notNull().default(''),
    vatNumber: text('vat_number').notNull().default(''),
    currency: text('currency').notNull().default('GBP'),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.id] })],
)
