import type { Attempt, PostgresPort, TablePage } from '../../core/outbox/postgres-port.ts'
import { SQL_ACTOR } from '../../core/records/version-vector.ts'
import type { Health } from '../sessions/health.ts'
import type { ColumnLoad } from '../storage/meta.ts'
import type { Txn } from '../storage/txn.ts'
import { type KeepingAsides, putAside } from '../views/set-aside.ts'

/** Rows in one page, which is one call, one transaction, and the unit that a restart repeats. */
const PAGE_ROWS = 1_000

type LoadingColumns = KeepingAsides & {
  readonly postgres: Pick<PostgresPort, 'columns'>
  readonly health: Health
}

/**
 * Reads the columns that records lack from Postgres, page by page, and nothing else: the object may hold
 * newer values of all others. Survives eviction between any two calls.
 *
 * @param answered takes the value out of an answer; undefined without one
 * @returns whether all are here
 */
export async function loadColumns(
  parts: LoadingColumns,
  answered: <Value>(attempt: Attempt<Value>) => Value | undefined,
): Promise<boolean> {
  const { store, postgres } = parts
  for (;;) {
    const load = store.schema.loads.find(({ done }) => !done)
    if (!load) return true
    const { collection, columns, after } = load
    const range = { after, limit: PAGE_ROWS, reached: store.hydration.reached }
    const page = answered(await postgres.columns(collection, columns, range))
    if (!page) return false
    store.transaction((txn) => keepPage(parts, txn, load, page))
    parts.health.answered()
  }
}

function keepPage(
  parts: KeepingAsides,
  txn: Txn,
  load: ColumnLoad,
  { rows, unfit, last, more, at }: TablePage,
): void {
  const { store } = parts
  for (const { id, ...values } of rows) {
    // What Postgres has and the object has not, it learns as an external change.
    const record = store.record(load.collection, String(id))
    if (record) txn.putRecord({ ...record, row: { ...record.row, ...values } })
  }
  for (const one of unfit) {
    const record = store.record(load.collection, one.id)
    putAside(parts, txn, load.collection, one, true)
    // Nobody is shown anything of the collection before all of it is here. What waits for Postgres may touch it.
    const deleted = { actor: SQL_ACTOR, n: 0, seq: store.head }
    if (record && !record.deleted) txn.putRecord({ ...record, deleted })
  }
  txn.putFact('reached', at)
  const next = {
    ...load,
    after: last ?? load.after,
    done: !more,
  }
  txn.putFact(
    'column-loads',
    store.schema.loads.map((other) => (other.collection === load.collection ? next : other)),
  )
}
