import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { admitWorker } from '../../dev/application-role.ts'
import { HISTORIES } from '../../dev/invoices/histories.ts'
import { migrate } from '../../dev/migrate.ts'
import { startNeonHttp } from '../../dev/neon-http.ts'
import { startPostgres } from '../../dev/postgres.ts'
import { invoiceId } from './workload.ts'

/** A migrated Postgres behind Neon's protocol. */
export type Database = AsyncDisposable & {
  /** Of the owner, as other programs use it. */
  readonly connectionString: string
  readonly workerConnectionString: string
  readonly endpoint: string
}

/**
 * Starts a database in which `tenant` has invoices twice: in the application's tables, and in copies of
 * them that know nothing of the engine, with the same keys and indexes and without its triggers.
 *
 * @param prepare makes the tables in it, and returns the connection string of the Worker
 */
export async function startDatabase(
  tenant: string,
  invoices: number,
  prepare = prepareNewest,
): Promise<Database> {
  const directory = await mkdtemp(join(tmpdir(), 'tidemark-write-path-'))
  const postgres = await startPostgres({ dataDir: join(directory, 'data') })
  const { connectionString } = postgres
  const workerConnectionString = await prepare(connectionString)
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    await client.query("INSERT INTO contacts (tenant_id, id, name) VALUES ($1, 'c', 'Contact')", [tenant])
    await client.query(
      `INSERT INTO invoices (tenant_id, id, number, contact_id, total_cents)
         SELECT $1, id, id, 'c', 10000 FROM unnest($2::text[]) AS id`,
      [tenant, Array.from({ length: invoices }, (_, place) => invoiceId(place))],
    )
    for (const table of ['contacts', 'invoices']) {
      await client.query(`CREATE TABLE plain_${table} (LIKE ${table} INCLUDING ALL)`)
      await client.query(`INSERT INTO plain_${table} SELECT * FROM ${table}`)
    }
    await client.query(
      'ALTER TABLE plain_invoices ADD FOREIGN KEY (tenant_id, contact_id) REFERENCES plain_contacts (tenant_id, id)',
    )
    // As autovacuum would, a minute later.
    await client.query('ANALYZE')
  } finally {
    await client.end()
  }
  const neon = await startNeonHttp({ connectionString, others: [workerConnectionString] })
  return {
    connectionString,
    workerConnectionString,
    endpoint: neon.endpoint,
    async [Symbol.asyncDispose]() {
      await neon.stop()
      await postgres.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

async function prepareNewest(owner: string): Promise<string> {
  await migrate(owner, HISTORIES)
  return admitWorker(owner)
}
