import type { Row, Value } from '../protocol/value.ts'
import type { SqlTable } from './describe-table.ts'

/** A table with its columns found by the names that the application uses. */
export type NamedTable = { readonly name: string; readonly columns: ReadonlyMap<string, string> }

/** Looks up the SQL names of collections and columns. A name that is not registered throws. */
export function sqlNames(tables: ReadonlyMap<string, SqlTable>): (collection: string) => NamedTable {
  const named = new Map(
    [...tables].map(([collection, { name, columns }]): [string, NamedTable] => [
      collection,
      { name, columns: new Map(columns.map((column) => [column.name, column.sqlName])) },
    ]),
  )
  return (collection) => {
    const table = named.get(collection)
    if (!table) throw new Error(`there is no table for collection "${collection}"`)
    return table
  }
}

/** The same values under the names that Postgres knows. */
export function toSqlRow<Item extends Value>(
  table: NamedTable,
  row: Readonly<Record<string, Item>>,
): Record<string, Item> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => {
      const sqlName = table.columns.get(name)
      if (sqlName === undefined) throw new Error(`table "${table.name}" has no column for "${name}"`)
      return [sqlName, value]
    }),
  )
}

/** Splits off the columns that moved by a delta. */
export function withoutColumns(row: Row, columns: Readonly<Record<string, unknown>>): Row {
  return Object.fromEntries(Object.entries(row).filter(([name]) => !Object.hasOwn(columns, name)))
}
