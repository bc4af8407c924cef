import type { SqlTable } from '../../define/describe-table.ts'
import type { Value } from '../../protocol/value.ts'

/** A table with its columns found by the names that the application uses. */
export type NamedTable = Pick<SqlTable, 'name' | 'writes'> & {
  readonly columns: ReadonlyMap<string, string>
}

/** Looks up the SQL names of collections and columns. A name that is not registered throws. */
export function sqlNames(tables: ReadonlyMap<string, SqlTable>): (collection: string) => NamedTable {
  const named = new Map(
    [...tables].map(([collection, { name, writes, columns }]): [string, NamedTable] => [
      collection,
      { name, writes, columns: new Map(columns.map((column) => [column.name, column.sqlName])) },
    ]),
  )
  return (collection) => {
    const table = named.get(collection)
    if (!table) throw new Error(`there is no table for collection "${collection}"`)
    return table
  }
}

/** A column's name in Postgres. A name that is not registered throws. */
export function sqlName(table: NamedTable, column: string): string {
  const name = table.columns.get(column)
  if (name === undefined) throw new Error(`table "${table.name}" has no column for "${column}"`)
  return name
}

/**
 * The same values under the names that Postgres knows.
 *
 * @param except columns that are left out
 */
export function toSqlRow<Item extends Value>(
  table: NamedTable,
  row: Readonly<Record<string, Item>>,
  except?: Readonly<Record<string, unknown>>,
): Record<string, Item> {
  const named: Record<string, Item> = {}
  // Every value of a batch passes here several times, and a list of entries for each row costs a third.
  for (const column in row) {
    const value = row[column]
    if (value === undefined || (except && Object.hasOwn(except, column))) continue
    named[sqlName(table, column)] = value
  }
  return named
}
