import type { Row, Value } from '../../../src/protocol/value.ts'
import type { RowSync } from '../api/types.ts'

/** A row as it is shown: frozen, with a `$sync` that no enumeration sees. */
export type ShownRow = Row & { readonly $sync: RowSync }

/** A record without own edits under way. */
export const SETTLED: RowSync = Object.freeze({ pending: false, committing: false })

export function shownRow(values: Row, sync: RowSync): ShownRow {
  return freeze({ ...values }, sync)
}

/** A row from the wire, where values come in the order of the columns. */
export function rowFromWire(columns: readonly string[], values: readonly Value[]): ShownRow {
  const row: Record<string, Value> = {}
  columns.forEach((column, i) => {
    row[column] = values[i] ?? null
  })
  return freeze(row, SETTLED)
}

function freeze(row: Record<string, Value>, sync: RowSync): ShownRow {
  for (const value of Object.values(row)) freezeDeeply(value)
  const shown = Object.defineProperty(row, '$sync', { value: sync })
  // The one place where the hidden property is made, so the one place that has to vouch for it.
  return Object.freeze(shown) as ShownRow
}

function freezeDeeply(value: Value): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
  Object.freeze(value)
  for (const item of Object.values(value)) freezeDeeply(item)
}
