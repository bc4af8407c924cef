import type { NetChanges } from '../../src/core/outbox/batch.ts'
import type { Row, Value } from '../../src/protocol/value.ts'

/** Writes to a table as Postgres would: a second insert of an id, or an update of none, is an error. */
export function writeStrictly(table: Map<string, Row>, { inserts, updates, deletes }: NetChanges): void {
  for (const row of inserts) {
    const id = String(row['id'])
    if (table.has(id)) throw new Error(`duplicate key ${id}`)
    table.set(id, row)
  }
  for (const { id, set, add } of updates) {
    const row = table.get(id)
    if (!row) throw new Error(`no row ${id}`)
    const sums = Object.entries(add).map(([name, by]): [string, Value] => [name, Number(row[name]) + by])
    table.set(id, { ...row, ...set, ...Object.fromEntries(sums) })
  }
  for (const id of deletes) if (!table.delete(id)) throw new Error(`no row ${id}`)
}
