import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate as applyMigrations } from 'drizzle-orm/node-postgres/migrator'
import pg from 'pg'
import { type History, readProgress } from './migration-history.ts'

/** One key for everybody who migrates the same database; the number has no other meaning. */
const LOCK_KEY = 7_433_102

/**
 * Brings a database to the newest schema: the engine's, then the application's, each in one transaction that
 * changes nothing on failure. Throws an OtherHistory, before anything is changed, where either cannot be continued.
 *
 * @returns how many migrations of each were applied
 */
export async function migrate(connectionString: string, histories: readonly History[]): Promise<number[]> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    // Two deployments at once would both find the same migrations missing.
    await client.query('SELECT pg_advisory_lock($1)', [LOCK_KEY])
    await client.query('SET client_min_messages = warning')
    const pending: number[] = []
    for (const history of histories) pending.push((await readProgress(client, history)).pending)
    for (const { folder, table } of histories) {
      await applyMigrations(drizzle(client), { migrationsFolder: folder, migrationsTable: table })
    }
    return pending
  } finally {
    await client.end()
  }
}
