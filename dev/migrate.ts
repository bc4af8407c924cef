import process from 'node:process'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate as applyMigrations } from 'drizzle-orm/node-postgres/migrator'
import pg from 'pg'
import { HISTORIES, type History, OtherHistory, readProgress } from './migration-history.ts'

/** One key for everybody who migrates the same database; the number has no other meaning. */
const LOCK_KEY = 7_433_102

/**
 * Brings a database to the newest schema: the engine's, then the application's, each in one transaction that
 * changes nothing on failure. Throws an OtherHistory, before anything is changed, where either cannot be continued.
 */
export async function migrate(
  connectionString: string,
  histories: readonly History[] = HISTORIES,
): Promise<void> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    // Two deployments at once would both find the same migrations missing.
    await client.query('SELECT pg_advisory_lock($1)', [LOCK_KEY])
    await client.query('SET client_min_messages = warning')
    for (const history of histories) await readProgress(client, history)
    for (const { folder, table } of histories) {
      await applyMigrations(drizzle(client), { migrationsFolder: folder, migrationsTable: table })
    }
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
  try {
    await migrate(connectionString)
    console.log('The database is at the newest schema.')
  } catch (error) {
    if (!(error instanceof OtherHistory)) throw error
    console.error(error.message)
    process.exitCode = 1
  }
}
