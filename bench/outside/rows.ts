import type { Stack } from '../../test/support/stack.ts'

/** Records that come and go, also under new keys. */
export const CONTACTS = ['c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7', 'c8', 'c9'] as const
export const PASSING_INVOICES = ['p0', 'p1', 'p2', 'p3', 'p4', 'p5'] as const

/** Records that stay, so that every delta of them has to be in their sums. */
export const LASTING_INVOICES = ['l0', 'l1', 'l2', 'l3', 'l4', 'l5'] as const

export const INVOICES = [...PASSING_INVOICES, ...LASTING_INVOICES] as const

/** The contact of every invoice. */
export const CUSTOMER = 'customer'

/** Writes what a tenant has at first. */
export async function prepareRows(stack: Stack, tenant: string): Promise<void> {
  await stack.sql("INSERT INTO contacts (tenant_id, id, name) SELECT $1, unnest($2::text[]), ''", [
    tenant,
    [...CONTACTS.slice(0, CONTACTS.length / 2), CUSTOMER],
  ])
  await stack.sql(
    `INSERT INTO invoices (tenant_id, id, number, contact_id, total_cents, status)
       SELECT $1, id, id, $3, 100000, 'sent' FROM unnest($2::text[]) AS id`,
    [tenant, INVOICES, CUSTOMER],
  )
}
