import { app } from '../../../examples/invoices/sync.ts'
import { sameValue } from '../../../src/core/records/value.ts'
import type { Row } from '../../../src/protocol/value.ts'
import type { Sight } from './sight.ts'

const COLLECTIONS = ['contacts', 'invoices', 'payments'] as const

/** All rows of a side, by collection and id. */
export type Side = { readonly name: string; readonly rows: ReadonlyMap<string, Row> }

/** Runs a query and gives rows with JSON values. */
export type Sql = (query: string, values: readonly unknown[]) => Promise<readonly Row[]>

/** What a client shows. */
export function clientSide(name: string, { db }: Pick<Sight, 'db'>): Side {
  const rows = new Map<string, Row>()
  for (const collection of COLLECTIONS) {
    for (const { $sync: _, ...row } of db[collection].all().getSnapshot().rows) {
      rows.set(`${collection} ${row.id}`, row)
    }
  }
  return { name, rows }
}

/** What Postgres holds of a tenant, under the names the clients use. */
export async function postgresSide(tenant: string, sql: Sql): Promise<Side> {
  const rows = new Map<string, Row>()
  for (const collection of COLLECTIONS) {
    const table = app.tables.get(collection)
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
