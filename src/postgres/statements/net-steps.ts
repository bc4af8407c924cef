import type { NetChanges } from '../../core/outbox/batch.ts'
import type { Row } from '../../protocol/value.ts'
import { type NamedTable, sqlName, toSqlRow } from './sql-names.ts'

/** One statement: rows of one table that touch the same columns, in the names that Postgres knows. */
export type NetStep = {
  readonly op: 'insert' | 'update' | 'delete'
  readonly table: string
  /** Columns that are set to a value. */
  readonly columns: readonly string[]
  /** Columns that are moved by a delta. */
  readonly deltas: readonly string[]
  readonly ids: readonly string[]
  /** What is written, in the order of the ids; nothing for a delete. */
  readonly rows: readonly Row[]
}

/**
 * The statements that a batch comes to, in their order: a table after those it refers to, and deletes
 * at the end, the other way round.
 */
export function netSteps(
  net: readonly NetChanges[],
  tableOf: (collection: string) => NamedTable,
): readonly NetStep[] {
  const writes = net.flatMap(({ collection, inserts, updates }) => {
    const table = tableOf(collection)
    const inserted = inserts.map((row) => ({ id: String(row['id']), set: row, add: {} }))
    return [...bySameColumns('insert', table, inserted), ...bySameColumns('update', table, updates)]
  })
  const deletes = net.toReversed().flatMap(({ collection, deletes: ids }): NetStep[] => {
    const { name } = tableOf(collection)
    return ids.length > 0 ? [{ op: 'delete', table: name, columns: [], deltas: [], ids, rows: [] }] : []
  })
  return [...writes, ...deletes]
}

function bySameColumns(
  op: 'insert' | 'update',
  table: NamedTable,
  items: readonly { readonly id: string; readonly set: Row; readonly add: Row }[],
): NetStep[] {
  const steps = new Map<string, NetStep & { ids: string[]; rows: Row[] }>()
  for (const { id, set, add } of items) {
    const [columns, deltas] = [Object.keys(set).sort(), Object.keys(add).sort()]
    const key = [...columns, '', ...deltas].join('\0')
    let step = steps.get(key)
    if (!step) {
      const named = (names: readonly string[]) => names.map((name) => sqlName(table, name))
      step = { op, table: table.name, columns: named(columns), deltas: named(deltas), ids: [], rows: [] }
      steps.set(key, step)
    }
    step.ids.push(id)
    step.rows.push(Object.assign(toSqlRow(table, set), toSqlRow(table, add), { id }))
  }
  return [...steps.values()]
}
