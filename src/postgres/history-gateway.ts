import type { HistoryPort } from '../core/history/history-port.ts'
import type { Attempt } from '../core/outbox/postgres-port.ts'
import { readEntry, readHistory, sqlEditSchema, sqlHistorySchema } from './answers/past-entries.ts'
import { one, type Rows, type Schema, tablesByName } from './gateway.ts'
import { createCall } from './neon-call.ts'
import { editStatement, historyStatement } from './statements/history-statements.ts'
import { ofTenant, type Statement } from './statements/statement.ts'

/** Milliseconds for a question about the past: a person waits for the answer, and the log has one as well. */
export const HISTORY_DEADLINE_MS = 6_000

/**
 * The way to one tenant's audit history.
 *
 * @param options.tenant read at each call, because an object learns its tenant from its first visitor
 */
export function createHistoryGateway(options: {
  connectionString: string
  tenant: () => string
  app: Schema
  deadlineMs?: number
  fetchEndpoint?: string
}): HistoryPort {
  const { tenant, app } = options
  const call = createCall({ deadlineMs: HISTORY_DEADLINE_MS, ...options })
  const byTable = tablesByName(app)
  const ask = async <Answer>(
    statement: Statement,
    read: (rows: Rows) => Attempt<Answer>,
  ): Promise<Attempt<Answer>> => {
    const answered = await call(ofTenant(tenant(), statement))
    return answered.ok ? read(answered.value) : answered
  }
  return {
    page(collection, id, range) {
      const table = app.tables.get(collection)
      if (!table) throw new Error(`there is no collection "${collection}"`)
      const read = one(sqlHistorySchema, (answer) => ({ ok: true, value: readHistory(byTable, answer) }))
      return ask(historyStatement(tenant(), table, id, range), read)
    },
    edit(place) {
      const read = one(sqlEditSchema, ({ entry }) => ({
        ok: true,
        value: entry ? readEntry(byTable, place.epoch, entry) : undefined,
      }))
      return ask(editStatement(tenant(), place), read)
    },
  }
}
