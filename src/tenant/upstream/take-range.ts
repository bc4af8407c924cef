import { touchedRecords, untracedChanges } from '../../core/external/untraced-changes.ts'
import type { ComparedRange, KeyRange } from '../../core/outbox/postgres-port.ts'
import { recordKey } from '../../core/records/record.ts'
import type { Collection } from '../../protocol/manifest.ts'
import type { Row } from '../../protocol/value.ts'
import type { AsideRecord } from '../storage/aside-records.ts'
import type { Store } from '../storage/store.ts'
import type { Publishing } from '../views/publish.ts'
import { endAside, tellAside } from '../views/set-aside.ts'
import { takeAnswer } from './take-answer.ts'

/** Records that are read again at once. */
const MAX_READ_AGAIN = 200

/** The part of a range that is known here: the rows, and the records that are set aside. */
type Known = { readonly held: readonly Row[]; readonly aside: readonly AsideRecord[] }

type WholeRange = Extract<ComparedRange, { rows: unknown }>

/**
 * Takes what Postgres holds in a range, where that is something else than is known here, as external changes.
 * Both stand at the same ledger and cursor.
 *
 * @returns whether a record differs and was left out, because edits of it are on their way
 */
export function takeRange(
  parts: Publishing,
  collection: Collection,
  { held, aside }: Known,
  range: WholeRange,
): boolean {
  const { store, log } = parts
  const touched = touchedRecords(store.entries(store.committed))
  const known = { ...range, epoch: store.epoch }
  const { changes, leftOut } = untracedChanges(collection, held, known, touched, (id) =>
    store.aside(collection.name, id),
  )
  if (changes.length > 0) {
    const external = { changes, cursor: store.cursor, more: false }
    takeAnswer(parts, { applied: store.committed, refusals: [], external })
    log('untraced-changes', { collection: collection.name, changes: changes.length })
  }
  const unfit = new Set(range.unfit.map(({ id }) => id))
  const found = new Set(range.rows.map((row) => row['id']))
  const changed = new Set(changes.map(({ id }) => id))
  const news = store.transaction((txn) =>
    aside.flatMap((record) => {
      const now = store.asides.get(record.collection, record.id)
      if (!now) return []
      const isTouched = touched.has(recordKey(record.collection, record.id))
      // Edits have put another record in its place. What was taken just now has its own say, and may be set aside
      // again.
      const isAsHeld = found.has(record.id) && !isTouched && !changed.has(record.id)
      const isMended = isAsHeld || !(unfit.has(record.id) || found.has(record.id))
      if (isMended) return [endAside(parts, txn, record)]
      if (now.due && !isTouched) txn.putAside({ ...now, due: false })
      return []
    }),
  )
  tellAside(parts, news)
  return leftOut
}

/** The records that have changed in Postgres since they were set aside, and may be mended; undefined for none. */
export function dueRange({ store }: { readonly store: Store }): KeyRange | undefined {
  const due = store.asides.due(MAX_READ_AGAIN)
  if (due.length === 0) return undefined
  const touched = touchedRecords(store.entries(store.committed))
  const free = due.filter(({ collection, id }) => !touched.has(recordKey(collection, id)))
  const collection = free[0]?.collection
  if (collection === undefined) return undefined
  const ids = free.flatMap((record) => (record.collection === collection ? record.id : []))
  // One more than there can be, so that the range ends early only where the rows are large.
  return { collection, after: '', upTo: undefined, limit: ids.length + 1, whole: true, ids }
}

/** Takes the records that were read again. */
export function takeDue(
  parts: Publishing,
  { collection: name, ids = [] }: KeyRange,
  range: ComparedRange,
): void {
  const { app, store } = parts
  const collection = app.manifest.collections.find((candidate) => candidate.name === name)
  if (!collection || !('rows' in range)) return
  const isRead = new Set([...range.rows.map((row) => row['id']), ...range.unfit.map(({ id }) => id)])
  const aside = ids.flatMap((id) => store.asides.get(name, id) ?? [])
  const held = ids.flatMap((id): Row[] => {
    const row = store.living(name, id)
    return row ? [row] : []
  })
  const isWhole = range.upTo === undefined
  takeRange(
    parts,
    collection,
    {
      held: held.filter((row) => isWhole || isRead.has(row['id'])),
      aside: aside.filter(({ id }) => isWhole || isRead.has(id)),
    },
    range,
  )
}

/** Leaves the records that were to be read again to the next comparison. */
export function leaveDue({ store }: { readonly store: Store }): void {
  store.transaction((txn) => {
    for (let due = store.asides.due(MAX_READ_AGAIN); due.length > 0; due = store.asides.due(MAX_READ_AGAIN))
      for (const record of due) txn.putAside({ ...record, due: false })
  })
}
