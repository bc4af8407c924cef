import { sameValue } from '../../src/core/records/value.ts'
import type { SqlTable } from '../../src/define/describe-table.ts'
import type { Row } from '../../src/protocol/value.ts'

/** All rows of a side, by collection and id. */
export type Side = { readonly name: string; readonly rows: ReadonlyMap<string, Row> }

/** Runs a query and gives rows with JSON values. */
export type Sql = (query: string, values: readonly unknown[]) => Promise<readonly Row[]>

/** A query of a client's that shows all rows of a collection. */
type Shown = { getSnapshot(): { readonly rows: readonly { readonly id: string; readonly $sync: unknown }[] } }

/** What a client shows, by collection. */
export function shownSide(name: string, queries: Readonly<Record<string, Shown>>): Side {
  const rows = new Map<string, Row>()
  for (const [collection, query] of Object.entries(queries)) {
    for (const { $sync: _, ...row } of query.getSnapshot().rows) rows.set(`${collection} ${row.id}`, row)
  }
  return { name, rows }
}

/**
 * What Postgres holds of a tenant, under the names the clients use.
 *
 * @param tables the application's, by collection
 */
export async function storedSide(
  tables: ReadonlyMap<string, SqlTable>,
  collections: readonly string[],
  tenant: string,
  sql: Sql,
): Promise<Side> {
  const rows = new Map<string, Row>()
  for (const collection of collections) {
    const table = tables.get(collection)
    if (!table) throw new Error(`there is no table for "${collection}"`)
    // Names come from the application's own schema.
    const columns = table.columns.map(({ name, sqlName }) => `'${name}', "${sqlName}"`).join(', ')
    const query = `SELECT jsonb_build_object(${columns}) AS row FROM "${table.name}" WHERE tenant_id = $1`
    for (const { row } of await sql(query, [tenant])) {
      if (!isRow(row)) throw new Error('jsonb_build_object gives an object')
      rows.set(`${collection} ${String(row['id'])}`, row)
    }
  }
  return { name: 'Postgres', rows }
}

/** The rows in which two sides differ, in words; empty when they are equal. */
export function differences(left: Side, right: Side): string[] {
  const keys = new Set([...left.rows.keys(), ...right.rows.keys()])
  return [...keys].flatMap((key) => {
    const [a, b] = [left.rows.get(key), right.rows.get(key)]
    if (a === undefined || b === undefined)
      return [`${key} is missing in ${a === undefined ? left.name : right.name}`]
    return Object.keys({ ...a, ...b })
      .filter((column) => !sameValue(a[column], b[column]))
      .map(
        (column) =>
          `${key}: ${column} is ${show(a[column])} in ${left.name}, ${show(b[column])} in ${right.name}`,
      )
  })
}

function show(value: Row[string] | undefined): string {
  return value === undefined ? 'absent' : JSON.stringify(value)
}

function isRow(value: Row[string] | undefined): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
