import * as v from 'valibot'
import type { AllTenantsPort } from '../core/outbox/all-tenants-port.ts'
import type { Attempt } from '../core/outbox/postgres-port.ts'
import { createCall } from './neon-call.ts'
import type { Statement } from './statements/statement.ts'

const changedSchema = v.object({ cursor: v.string(), tenants: v.array(v.string()) })
const deletedSchema = v.pipe(v.number(), v.safeInteger())

/** The way to Postgres for what concerns all tenants: every operation is one HTTP request and one transaction. */
export function createAllTenantsGateway(options: Parameters<typeof createCall>[0]): AllTenantsPort {
  const call = createCall(options)
  const ask = async <Answer>(
    schema: v.GenericSchema<unknown, Answer>,
    statement: Statement,
  ): Promise<Attempt<Answer>> => {
    const rows = await call(statement)
    if (!rows.ok) return rows
    const parsed = v.safeParse(schema, rows.value[0]?.['answer'])
    if (parsed.success) return { ok: true, value: parsed.output }
    const message = `the answer has another form than expected: ${v.summarize(parsed.issues)}`
    return { ok: false, failure: 'ambiguous', message }
  }
  return {
    changed: (cursor, tenants) =>
      ask(changedSchema, {
        text: 'SELECT tidemark.changed_tenants($1, $2) AS answer',
        params: [cursor, JSON.stringify(tenants)],
      }),
    prune: (days, limit) =>
      ask(deletedSchema, {
        text: 'SELECT tidemark.prune_changes(make_interval(days => $1), $2)::int AS answer',
        params: [days, limit],
      }),
  }
}
