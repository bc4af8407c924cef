import pg from 'pg'

/** The id of a tenant's contact number `n`, from 1. Ids rise with the numbers. */
export function contactId(n: number): string {
  return `contact-${String(n).padStart(6, '0')}`
}

/**
 * Gives a tenant many contacts, rows of some 100 bytes as a program would load them: their table has
 * no statistics then.
 */
export async function insertContacts(connectionString: string, tenant: string, count: number): Promise<void> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    await client.query('ALTER TABLE contacts SET (autovacuum_enabled = off)')
    await client.query(
      `INSERT INTO contacts (tenant_id, id, name, email, city)
         SELECT $1, 'contact-' || lpad(i::text, 6, '0'), 'Contact number ' || i, 'contact.' || i || '@example.com', 'Bristol'
         FROM generate_series(1, $2) AS i`,
      [tenant, count],
    )
  } finally {
    await client.end()
  }
}
