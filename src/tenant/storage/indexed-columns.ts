import type { TidemarkApp } from '../../define/define-app.ts'
import { columnSql } from './query-sql.ts'

/**
 * The columns of each collection that are indexed. Beside its row a record has them once more, as `keys`: an
 * index over what is in there stays as it is while an edit touches other columns, and an index over the row
 * would be written anew with each edit.
 */
export type IndexedColumns = ReadonlyMap<string, readonly string[]>

export function indexedColumnsOf(declared: TidemarkApp['indexes']): IndexedColumns {
  return new Map([...declared].map(([collection, lists]) => [collection, [...new Set(lists.flat())]]))
}

/** The keys of a record, from its row, for a statement. */
export function indexedColumnsSql(columns: readonly string[]): string {
  return `json_object(${columns.map((name) => `'${name}', ${columnSql(name)}`).join()})`
}
