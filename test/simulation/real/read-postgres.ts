import * as v from 'valibot'
import type { PostgresPort } from '../../../src/core/outbox/postgres-port.ts'
import type { Row } from '../../../src/protocol/value.ts'
import { app } from '../../fixtures/board/sync.ts'
import type { Kept } from './ground.ts'

/** More rows than a plan makes of one collection. */
const ALL = 100_000

const marksSchema = v.array(
  v.object({
    client_id: v.string(),
    n: v.pipe(v.union([v.string(), v.number()]), v.transform(Number)),
    refusals: v.array(v.looseObject({ n: v.number() })),
  }),
)

const ledgerSchema = v.array(
  v.object({ applied_seq: v.pipe(v.union([v.string(), v.number()]), v.transform(Number)) }),
)

/** Reads what Postgres holds of one tenant. */
export async function readPostgres(
  gateway: PostgresPort,
  select: (text: string) => Promise<unknown>,
): Promise<Kept> {
  const tables = new Map<string, ReadonlyMap<string, Row>>()
  for (const { name } of app.manifest.collections) {
    const page = await gateway.page(name, { after: '', limit: ALL })
    if (!page.ok || page.value.more) throw new Error(`the rows of ${name} cannot be read`)
    tables.set(name, new Map(page.value.rows.map((row) => [String(row['id']), row])))
  }
  const marks = v.parse(
    marksSchema,
    await select('SELECT client_id, n, refusals FROM tidemark.client_mark WHERE tenant_id = $1'),
  )
  const [ledger] = v.parse(
    ledgerSchema,
    await select('SELECT applied_seq FROM tidemark.ledger WHERE tenant_id = $1'),
  )
  return {
    applied: ledger?.applied_seq ?? 0,
    tables: { rows: (collection) => tables.get(collection) ?? new Map() },
    marks: new Map(marks.map(({ client_id, n, refusals }) => [client_id, { n, refusals }])),
    restores: 0,
  }
}
