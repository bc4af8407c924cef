import type { RowEvent } from '../api/types.ts'
import type { ShownRow } from '../replica/shown-row.ts'

/** The changes from one list of rows to another: a row that is the same object is the same. */
export function changesBetween(
  before: readonly ShownRow[],
  after: readonly ShownRow[],
): RowEvent<ShownRow>[] {
  const old = new Map(before.map((row) => [row['id'], row]))
  const events = after.flatMap((row): RowEvent<ShownRow>[] => {
    const earlier = old.get(row['id'])
    old.delete(row['id'])
    if (earlier === row) return []
    return [earlier ? { type: 'update', old: earlier, row } : { type: 'insert', row }]
  })
  return [...events, ...[...old.values()].map((row): RowEvent<ShownRow> => ({ type: 'delete', old: row }))]
}
