import type { Batch, NetChanges } from '../core/batch.ts'
import type { Change, LogEntry, Outside } from '../core/log.ts'
import type { Statement } from './neon-call.ts'
import type { NamedTable } from './sql-names.ts'
import { toSqlRow, withoutColumns } from './sql-names.ts'

/** The call of `tidemark.apply_batch` for a batch, in the names that Postgres knows. */
export function applyStatement(
  tenant: string,
  batch: Batch,
  cursor: string,
  tableOf: (collection: string) => NamedTable,
): Statement {
  const edits = batch.edits.map((entry) => toSqlEdit(entry, tableOf))
  const net = batch.net.map((changes) => toSqlNet(changes, tableOf(changes.collection)))
  return {
    text: 'SELECT tidemark.apply_batch($1, $2, $3, $4, $5, $6, $7) AS answer',
    params: [
      tenant,
      batch.epoch,
      batch.after,
      batch.upTo,
      JSON.stringify(edits),
      JSON.stringify(net),
      cursor,
    ],
  }
}

function toSqlEdit(entry: LogEntry, tableOf: (collection: string) => NamedTable): object {
  const { seq, actor, n, subject, at, outside } = entry
  const changes = entry.changes.map((change) => toSqlChange(change, tableOf(change.collection)))
  const place = { seq, actor, n, subject, at, changes }
  return outside ? { ...place, outside: toSqlOutside(outside, tableOf(outside.collection)) } : place
}

/** For the audit history only: Postgres has this change already. */
function toSqlOutside({ kind, id, before, after }: Outside, table: NamedTable): object {
  return { op: kind, table: table.name, id, before: toSqlRow(table, before), after: toSqlRow(table, after) }
}

function toSqlChange(change: Change, table: NamedTable): object {
  const place = { op: change.kind, table: table.name, id: change.id }
  switch (change.kind) {
    case 'insert':
      return { ...place, row: toSqlRow(table, change.after) }
    case 'update': {
      const { adds = {} } = change
      const set = toSqlRow(table, withoutColumns(change.after, adds))
      return { ...place, set, add: toSqlRow(table, adds), before: toSqlRow(table, change.before) }
    }
    case 'delete':
      return { ...place, before: toSqlRow(table, change.before) }
  }
}

function toSqlNet(net: NetChanges, table: NamedTable): object {
  return {
    table: table.name,
    inserts: net.inserts.map((row) => toSqlRow(table, row)),
    updates: net.updates.map(({ id, set, add }) => ({
      id,
      set: toSqlRow(table, set),
      add: toSqlRow(table, add),
    })),
    deletes: net.deletes,
  }
}
