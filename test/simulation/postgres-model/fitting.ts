import type { Application } from '../../../src/core/app/application.ts'
import type { ExternalChange } from '../../../src/core/external/events.ts'
import type { Unfit } from '../../../src/core/records/aside.ts'
import { whyUnfit } from '../../../src/postgres/answers/fit-row.ts'
import type { Row } from '../../../src/protocol/value.ts'

type Served = Pick<Application, 'manifest'>

/** The columns among these that a row names. */
function columnsIn({ manifest }: Served, collection: string, row: Row) {
  const columns = manifest.collections.find(({ name }) => name === collection)?.columns ?? []
  return columns.filter(({ name }) => Object.hasOwn(row, name))
}

/** Rows as the gateway hands them over: those that can be records, and the others with the reason. */
export function apart(
  app: Served,
  collection: string,
  rows: readonly Row[],
): { rows: readonly Row[]; unfit: readonly Unfit[] } {
  const unfit = rows.flatMap((row): Unfit[] => {
    const id = String(row['id'])
    const fault = whyUnfit(id, row, columnsIn(app, collection, row))
    return fault ? [{ id, ...fault }] : []
  })
  const isUnfit = new Set(unfit.map(({ id }) => id))
  return { rows: rows.filter((row) => !isUnfit.has(String(row['id']))), unfit }
}

/** A change as the gateway hands it over: one after which there is no record says so. */
export function fitting(app: Served, change: ExternalChange): ExternalChange {
  if (change.kind !== 'insert' && change.kind !== 'update') return change
  const { collection, id, after, epoch, seen, by } = change
  const changed = columnsIn(app, collection, after)
  const fault = whyUnfit(id, after, changed)
  if (!fault) return change
  const names = Object.fromEntries(changed.map(({ name }) => [name, null]))
  return { kind: 'aside', collection, id, ...fault, before: {}, after: names, epoch, seen, by }
}
