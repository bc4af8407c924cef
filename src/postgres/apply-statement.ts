import { type Batch, UNDONE } from '../core/batch.ts'
import type { Change, LogEntry } from '../core/log.ts'
import { SQL_ACTOR } from '../core/version-vector.ts'
import type { WireError } from '../protocol/errors.ts'
import type { Statement } from './neon-call.ts'
import { netSteps } from './net-steps.ts'
import { type NamedTable, toSqlRow } from './sql-names.ts'

/** Looks up what Postgres calls a collection and its columns. */
export type TableOf = (collection: string) => NamedTable

/** The call of `tidemark.apply_batch` for a batch, in the names that Postgres knows. */
export function applyStatement(tenant: string, batch: Batch, cursor: string, tableOf: TableOf): Statement {
  const { epoch, after, upTo, edits } = batch
  const steps = netSteps(batch.net, tableOf)
  const apart = edits.some(({ changes }) =>
    changes.some(({ collection }) => tableOf(collection).writes === 'each'),
  )
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
      // Without rows there is nothing to write set-wise, so the edits are applied one by one.
      apart ? null : toLines(steps, ({ rows }) => rows),
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
    // The history has a proposal since Postgres took it: here passes only what the merge made of it.
    actor: edits.map(({ actor, outside }) => (outside ? SQL_ACTOR : actor)),
    n: edits.map(({ seq, n, outside }) => (outside ? seq : n)),
    subject: edits.map(({ subject }) => subject),
    at: edits.map(({ at }) => at),
    ...(edits.some(({ outside }) => outside) && {
      outside: edits.map((entry) => toSqlOutside(entry, tableOf)),
    }),
    ...(edits.some(({ undone }) => undone) && { refused: edits.map(toSqlRefusal) }),
  }
}

/** The verdict on an edit that the object undid before it was sent, in the form of Postgres's own. */
function toSqlRefusal({ seq, undone }: LogEntry): object | null {
  return undone ? { seq, sqlState: UNDONE, message: undone.message, ...column(undone) } : null
}

function column({ ref }: WireError): object {
  return typeof ref === 'string' ? { column: ref } : {}
}

/** A change that somebody made in Postgres, for the audit history only. */
function toSqlOutside({ actor, outside }: LogEntry, tableOf: TableOf): object | null {
  const [change] = actor === SQL_ACTOR ? (outside ?? []) : []
  if (!change) return null
  const { kind: op, collection, id, before, after } = change
  const table = tableOf(collection)
  return { op, table: table.name, id, before: toSqlRow(table, before), after: toSqlRow(table, after) }
}

export function toSqlChange(change: Change, tableOf: TableOf): object {
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
