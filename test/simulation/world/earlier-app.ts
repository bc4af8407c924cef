import type { TidemarkApp } from '../../../src/define/define-app.ts'
import type { Row } from '../../../src/protocol/value.ts'
import { app } from '../../fixtures/board/sync.ts'

/** The application of the deploy before: assignees had no address to write to. */
export const EARLIER_APP: TidemarkApp = {
  ...app,
  manifest: {
    hash: 'earlier',
    collections: app.manifest.collections.map((collection) =>
      collection.name === 'assignees'
        ? { ...collection, columns: collection.columns.filter(({ name }) => name !== 'email') }
        : collection,
    ),
  },
}

/** The columns of a row that an application knows, as its way to Postgres reads them. */
export function known({ manifest }: TidemarkApp, collection: string, row: Row): Row {
  const columns = manifest.collections.find(({ name }) => name === collection)?.columns ?? []
  const names = new Set(columns.map(({ name }) => name))
  return Object.fromEntries(Object.entries(row).filter(([name]) => names.has(name)))
}
