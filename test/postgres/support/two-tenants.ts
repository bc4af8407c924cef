import { createHistoryGateway } from '../../../src/postgres/history-gateway.ts'
import { app } from '../../fixtures/board/sync.ts'
import type { Database } from './database.ts'
import { batchOf, done, EPOCH, entry, insertAssignee, insertCard, proposalOf, update } from './edits.ts'

/** Two tenants with rows of the same ids. What the second one writes has its mark in it. */
export const [OWN, OTHER] = ['tenant-own', 'tenant-other']
export const MARK = 'only the other tenant knows this'

/** Fills both: rows, history, an external change that nobody has read, and a conflict. */
export async function fillBoth(database: Database): Promise<void> {
  for (const [tenant, text] of [
    [OWN, 'plain'],
    [OTHER, MARK],
  ] as const) {
    const gateway = database.gateway(tenant)
    await done(gateway.open(EPOCH))
    await done(
      gateway.apply(
        batchOf([entry(1, [insertAssignee('a1', { name: text }), insertCard('c1', { notes: text })])]),
      ),
    )
    await database.sql(
      `INSERT INTO assignees (tenant_id, id, name) SELECT $1, id, $2 FROM unnest(ARRAY['x1', 'x2']) AS id`,
      [tenant, text],
    )
    await database.sql(
      `INSERT INTO tidemark.conflict
         VALUES ($1, 'k1', 'cards', 'c1', 'notes', 'lww', false, NULL, $2, $2, '', '', NULL, $3, 1, now(), 'open')`,
      [tenant, JSON.stringify({ value: text }), EPOCH],
    )
  }
}

/** Everything that Postgres keeps of a tenant, by table. */
export async function allOf(database: Database, tenant: string): Promise<Record<string, unknown[]>> {
  const tables = await tablesOfTenants(database)
  const rows = await Promise.all(
    tables.map((table) =>
      database.sql(
        `SELECT to_jsonb(kept.*)::text AS row FROM ${table} AS kept WHERE tenant_id = $1 ORDER BY 1`,
        [tenant],
      ),
    ),
  )
  return Object.fromEntries(tables.map((table, place) => [table, rows[place]?.map(({ row }) => row) ?? []]))
}

/** The tables that have rows of tenants, of the application and of the engine. */
export async function tablesOfTenants(database: Database): Promise<string[]> {
  const found = await database.sql(
    `SELECT attrelid::regclass::text AS name FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
       WHERE attname = 'tenant_id' AND relkind = 'r' ORDER BY 1`,
  )
  return found.map(({ name }) => String(name))
}

/** The gateways of a tenant, by an endpoint of one's own. */
export function gatewaysOf(database: Database, tenant: string, fetchEndpoint: string) {
  const history = createHistoryGateway({
    connectionString: database.workerConnectionString,
    fetchEndpoint,
    tenant: () => tenant,
    app,
  })
  return { port: database.gateway(tenant, { fetchEndpoint }), history }
}

/** Edits that go on from what `fillBoth` has written. */
export const next = {
  batch: () => batchOf([entry(2, [update('cards', 'c1', { notes: 'written' })])]),
  proposal: () => proposalOf(2, [update('cards', 'c1', { notes: 'proposed' })]),
}
