import type { PgTable } from 'drizzle-orm/pg-core'
import type { TidemarkApp } from '../../src/define/define-app.ts'
import type { Synced } from './read-table.ts'

/** What an application declares of each synced table, together. */
export function declare(
  app: Pick<TidemarkApp, 'manifest' | 'tables'>,
  drizzle: ReadonlyMap<string, PgTable>,
): Synced[] {
  return app.manifest.collections.flatMap((collection) => {
    const table = app.tables.get(collection.name)
    const declaration = drizzle.get(collection.name)
    if (!table || !declaration) return []
    const columns = table.columns.flatMap(({ name, sqlName, sqlType }) => {
      const column = collection.columns.find((candidate) => candidate.name === name)
      return column ? [{ name, sqlName, sqlType, nullable: column.nullable, default: column.default }] : []
    })
    const declared = { collection: collection.name, table: table.name, columns }
    return [{ declared, collection, drizzle: declaration }]
  })
}
