import type { Attempt, TablePage } from '../core/batch.ts'
import type { ColumnLoad } from './held-schema.ts'
import type { Parts } from './parts.ts'

/** Rows in one page, which is one call, one transaction, and the unit that a restart repeats. */
const PAGE_ROWS = 1_000

/**
 * Reads the columns that records lack from Postgres, page by page, and nothing else: the object may hold
 * newer values of all others. Survives eviction between any two calls.
 *
 * @param answered takes the value out of an answer; undefined without one
 * @returns whether all are here
 */
export async function loadColumns(
  { store, postgres, health }: Parts,
  answered: <Value>(attempt: Attempt<Value>) => Value | undefined,
): Promise<boolean> {
  for (;;) {
    const load = store.schema.loads.find(({ done }) => !done)
    if (!load) return true
    const { collection, columns, after } = load
    const range = { after, limit: PAGE_ROWS, reached: store.hydration.reached }
    const page = answered(await postgres.columns(collection, columns, range))
    if (!page) return false
    store.transaction(() => keepPage(store, load, page))
    health.answered()
  }
}

function keepPage(store: Parts['store'], load: ColumnLoad, { rows, more, at }: TablePage): void {
  for (const { id, ...values } of rows) {
    // What Postgres has and the object has not, it learns as an outside change.
    const record = store.record(load.collection, String(id))
    if (record) store.putRecord({ ...record, row: { ...record.row, ...values } })
  }
  store.hydration.putReached(at)
  const last = rows.at(-1)?.['id']
  const next = {
    ...load,
    after: typeof last === 'string' ? last : load.after,
    done: !more,
  }
  store.schema.putLoads(
    store.schema.loads.map((other) => (other.collection === load.collection ? next : other)),
  )
}
