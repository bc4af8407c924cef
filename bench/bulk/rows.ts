import pg from 'pg'

export const TENANT = 'acme'

/** Rows of one bulk statement. */
export const ROWS = 20_000

/** Rows that no bulk statement touches. */
export const OTHERS = 200

/** A tenant's invoices, or a copy that knows nothing of the engine. */
type Table = 'invoices' | 'plain_invoices'

/** A bulk statement, as any other program would send it. */
export type Bulk = {
  readonly name: string
  readonly text: (table: Table) => string
  readonly params: readonly unknown[]
  /** The invoices it is about begin so. */
  readonly prefix: 'i' | 'j'
  /** How a client shows one of them once the statement has arrived. */
  readonly isShown: (invoice: { readonly dueOn: string | null } | undefined) => boolean
}

/** Changes each row. The day tells that it has arrived; people edit the reference as well. */
export function update(run: number): Bulk {
  const day = `2027-01-${String(run).padStart(2, '0')}`
  return {
    name: `update ${run}`,
    text: (table) => `UPDATE ${table} SET due_on = $2, reference = $3 WHERE tenant_id = $1 AND id < 'j'`,
    params: [TENANT, day, `bulk ${run}`],
    prefix: 'i',
    isShown: (invoice) => invoice?.dueOn === day,
  }
}

/** As many rows again. */
export const insert: Bulk = {
  name: 'insert',
  text: (table) =>
    `INSERT INTO ${table} (tenant_id, id, number, contact_id, status, total_cents)
       SELECT $1, id, id, 'c0', 'sent', 20000 FROM unnest($2::text[]) AS id`,
  params: [TENANT, ids('j')],
  prefix: 'j',
  isShown: (invoice) => invoice !== undefined,
}

/** What `insert` made goes again. */
export const remove: Bulk = {
  name: 'delete',
  text: (table) => `DELETE FROM ${table} WHERE tenant_id = $1 AND id >= 'j'`,
  params: [TENANT],
  prefix: 'j',
  isShown: (invoice) => invoice === undefined,
}

export function invoiceId(prefix: string, place: number): string {
  return `${prefix}${String(place).padStart(5, '0')}`
}

export function contactId(place: number): string {
  return `c${place}`
}

function ids(prefix: string): string[] {
  return Array.from({ length: ROWS }, (_, place) => invoiceId(prefix, place))
}

/** Fills the tables, and a copy of the invoices with the same keys and indexes and no trigger of ours. */
export async function prepareRows(connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    await client.query(
      `INSERT INTO contacts (tenant_id, id, name)
         SELECT $1, 'c' || place, 'Contact' FROM generate_series(0, $2::integer - 1) AS place`,
      [TENANT, OTHERS],
    )
    await client.query(
      `INSERT INTO invoices (tenant_id, id, number, contact_id, status, total_cents, reference)
         SELECT $1, id, id, 'c0', 'sent', 10000, 'as it was' FROM unnest($2::text[]) AS id`,
      [TENANT, ids('i')],
    )
    await client.query('CREATE TABLE plain_invoices (LIKE invoices INCLUDING ALL)')
    await client.query('INSERT INTO plain_invoices SELECT * FROM invoices')
    await client.query(
      'ALTER TABLE plain_invoices ADD FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts (tenant_id, id)',
    )
    // As autovacuum would, a minute later.
    await client.query('ANALYZE')
  } finally {
    await client.end()
  }
}
