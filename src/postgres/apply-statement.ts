import type { Batch } from '../core/batch.ts'
import type { Change, LogEntry, Outside } from '../core/log.ts'
import type { Statement } from './neon-call.ts'
import { netSteps } from './net-steps.ts'
import { type NamedTable, toSqlRow } from './sql-names.ts'

type TableOf = (collection: string) => NamedTable

/** The call of `tidemark.apply_batch` for a batch, in the names that Postgres knows. */
export function applyStatement(tenant: string, batch: Batch, cursor: string, tableOf: TableOf): Statement {
  const { epoch, after, upTo, edits } = batch
  const steps = netSteps(batch.net, tableOf)
  return {
    text: 'SELECT tidemark.apply_batch($1, $2, $3, $4, $5, $6, $7, $8, $9) AS answer',
    params: [
      tenant,
      epoch,
      after,
      upTo,
      JSON.stringify(toLists(edits, tableOf)),
      toLines(edits, ({ changes }) => changes.map((change) => toSqlChange(change, tableOf))),
      JSON.stringify(steps.map(({ rows: _, ...step }) => step)),
      toLines(steps, ({ rows }) => rows),
      cursor,
    ],
  }
}

/** A line of JSON for each item. JSON has no line breaks of its own. */
function toLines<Item>(items: readonly Item[], of: (item: Item) => object): string {
  return items.map((item) => JSON.stringify(of(item))).join('\n')
}

/** A list for each property of the edits: the form that Postgres reads fastest. */
function toLists(edits: readonly LogEntry[], tableOf: TableOf): object {
  return {
    seq: edits.map(({ seq }) => seq),
    actor: edits.map(({ actor }) => actor),
    n: edits.map(({ n }) => n),
    subject: edits.map(({ subject }) => subject),
    at: edits.map(({ at }) => at),
    ...(edits.some(({ outside }) => outside) && {
      outside: edits.map(({ outside }) => (outside ? toSqlOutside(outside, tableOf) : null)),
    }),
  }
}

/** For the audit history only: Postgres has this change already. */
function toSqlOutside({ kind: op, collection, id, before, after }: Outside, tableOf: TableOf): object {
  const table = tableOf(collection)
  return { op, table: table.name, id, before: toSqlRow(table, before), after: toSqlRow(table, after) }
}

function toSqlChange(change: Change, tableOf: TableOf): object {
  const { kind: op, collection, id } = change
  const table = tableOf(collection)
  switch (op) {
    case 'insert':
      return { op, table: table.name, id, row: toSqlRow(table, change.after) }
    case 'update': {
      const { before, after, adds = {} } = change
      const [set, add] = [toSqlRow(table, after, adds), toSqlRow(table, adds)]
      return { op, table: table.name, id, set, add, before: toSqlRow(table, before) }
    }
    case 'delete':
      return { op, table: table.name, id, before: toSqlRow(table, change.before) }
  }
}
