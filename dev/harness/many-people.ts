import pg from 'pg'

/** The id of a tenant's person number `n`, from 1. Ids rise with the numbers. */
export function personId(n: number): string {
  return `person-${String(n).padStart(6, '0')}`
}

/**
 * Gives a tenant many rows of some 100 bytes in a table of people, with name, email and city, as a program would
 * load them: the table has no statistics then.
 */
export async function insertPeople(
  connectionString: string,
  table: string,
  { tenant, count }: { tenant: string; count: number },
): Promise<void> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    const name = client.escapeIdentifier(table)
    await client.query(`ALTER TABLE ${name} SET (autovacuum_enabled = off)`)
    await client.query(
      `INSERT INTO ${name} (tenant_id, id, name, email, city)
         SELECT $1, 'person-' || lpad(i::text, 6, '0'), 'Person number ' || i, 'person.' || i || '@example.com', 'Bristol'
         FROM generate_series(1, $2) AS i`,
      [tenant, count],
    )
  } finally {
    await client.end()
  }
}
