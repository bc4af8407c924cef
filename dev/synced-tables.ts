import { is } from 'drizzle-orm'
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core'
import * as schema from '../examples/invoices/schema.ts'
import { app } from '../examples/invoices/sync.ts'

/** The Drizzle tables that collections are made of, by collection, in the order of declaration. */
export function syncedTables(): Map<string, PgTable> {
  const all: unknown[] = Object.values(schema)
  const tables = all.filter((item): item is PgTable => is(item, PgTable))
  return new Map(
    [...app.tables].flatMap(([collection, { name }]): [string, PgTable][] => {
      const table = tables.find((candidate) => getTableConfig(candidate).name === name)
      return table ? [[collection, table]] : []
    }),
  )
}
