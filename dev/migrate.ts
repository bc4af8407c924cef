import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate as applyMigrations } from 'drizzle-orm/node-postgres/migrator'
import pg from 'pg'

/** One key for everybody who migrates the same database; the number has no other meaning. */
const LOCK_KEY = 7_433_102

const MIGRATIONS = fileURLToPath(new URL('../migrations', import.meta.url))

/** Brings a database to the newest schema, in one transaction. Throws and changes nothing on failure. */
export async function migrate(connectionString: string, migrationsFolder = MIGRATIONS): Promise<void> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    // Two deployments at once would both find the same migrations missing.
    await client.query('SELECT pg_advisory_lock($1)', [LOCK_KEY])
    await client.query('SET client_min_messages = warning')
    await applyMigrations(drizzle(client), { migrationsFolder })
  } finally {
    await client.end()
  }
}

if (import.meta.main) {
  const connectionString = process.env['DATABASE_URL']
  if (!connectionString) {
    console.error('Set DATABASE_URL to the database to migrate.')
    process.exit(1)
  }
  await migrate(connectionString)
  console.log('The database is at the newest schema.')
}
