import { rightsOf } from '../../core/access/rights.ts'
import type { ExternalEvent } from '../../core/external/events.ts'
import { rowsOf } from '../../core/external/take-external.ts'
import { matches } from '../../core/query/filter.ts'
import { reasonFor, type Unfit } from '../../core/records/aside.ts'
import type { TidemarkApp } from '../../define/define-app.ts'
import type { Log } from '../../platform/log-line.ts'
import { whyNoId } from '../../protocol/ids.ts'
import { isEverything } from '../../protocol/normal-filter.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { Session } from '../sessions/session.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { AsideRecord } from '../storage/aside-records.ts'
import type { Store } from '../storage/store.ts'
import type { Txn } from '../storage/txn.ts'
import type { Views } from './views.ts'

/** The means to keep which records are set aside. */
export type KeepingAsides = {
  readonly store: Store
  readonly metrics: Pick<Metrics, 'setAside'>
  readonly log: Log
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** The means to tell a session what is set aside. */
export type ReadingAsides = {
  readonly app: TidemarkApp
  readonly store: Store
  readonly views: Views
  readonly log: Log
}

/** The means to tell all sessions. */
export type TellingAsides = ReadingAsides & { readonly sessions: Sessions }

/** The news of a record: it is set aside, or no more. */
export type AsideNews = Pick<AsideRecord, 'collection' | 'id'> & { readonly now: AsideRecord | undefined }

/** Records in one frame, and of one collection that a session is told of when it comes. */
const MAX_TOLD = 100

/**
 * Keeps which records external changes have set aside, and which no more.
 *
 * @returns what is new, for `tellAside`
 */
export function noteAside(parts: KeepingAsides, txn: Txn, events: readonly ExternalEvent[]): AsideNews[] {
  const { asides } = parts.store
  const changes = events.flatMap(rowsOf)
  if (asides.size === 0 && !changes.some(({ kind }) => kind === 'aside')) return []
  return changes.flatMap((change): AsideNews[] => {
    const { collection, id } = change
    // A change tells of the columns that it changed: what else the row holds is read when edits on their way are there.
    if (change.kind === 'aside') return putAside(parts, txn, collection, change, true)
    const before = asides.get(collection, id)
    if (!before) return []
    if (change.kind !== 'update') return [endAside(parts, txn, before)]
    txn.putAside({ ...before, due: true })
    return []
  })
}

/** Sets a record aside, or gives another reason. Returns what is new. */
export function putAside(
  { store, metrics, log, now }: KeepingAsides,
  txn: Txn,
  collection: string,
  { id, reason, column }: Unfit,
  due = false,
): AsideNews[] {
  const before = store.asides.get(collection, id)
  const since = before?.since ?? now()
  const record = { collection, id, reason, ...(column !== undefined && { column }), since, due }
  txn.putAside(record)
  if (before?.reason === reason) return []
  metrics.setAside()
  log('record-set-aside', { collection, id, reason })
  return [{ collection, id, now: record }]
}

/** A record is set aside no more: it is mended, or gone. */
export function endAside(
  { log }: Pick<KeepingAsides, 'log'>,
  txn: Txn,
  { collection, id }: AsideRecord,
): AsideNews {
  txn.dropAside(collection, id)
  log('record-not-aside', { collection, id })
  return { collection, id, now: undefined }
}

/** Tells the sessions that follow a record's collection, as far as their persons may know of it. */
export function tellAside(parts: TellingAsides, news: readonly AsideNews[]): void {
  if (news.length === 0) return
  for (const [collection, ofCollection] of Map.groupBy(news, (one) => one.collection)) {
    for (const session of parts.sessions.all()) {
      const followed = session.greeted?.subscriptions ?? []
      const follows = followed.some(({ view }) => parts.views.of(view)?.collection.name === collection)
      if (follows) tell(parts, session, collection, ofCollection)
    }
  }
}

/** Tells a session what is set aside of the collections of its new subscriptions. */
export function tellAllAside(parts: ReadingAsides, session: Session, views: readonly number[]): void {
  const { store } = parts
  if (store.asides.size === 0) return
  for (const collection of new Set(views.flatMap((view) => parts.views.of(view)?.collection.name ?? []))) {
    const records = store.asides.list(MAX_TOLD, collection)
    tell(
      parts,
      session,
      collection,
      records.map((now) => ({ collection, id: now.id, now })),
    )
  }
}

function tell(
  { app, store, log }: ReadingAsides,
  session: Session,
  collection: string,
  news: readonly AsideNews[],
): void {
  try {
    const { read, hidden } = rightsOf(app, session.claims, collection)
    const known = news.filter(({ id }) => {
      if (whyNoId(id) !== undefined) return false
      // Of a record that was never held here nobody can say whether a rule would show it.
      const row = store.record(collection, id)?.row
      return row ? matches(read, row) : isEverything(read)
    })
    const records = known.map(({ id, now }): [string, string | null] => [
      id,
      now ? reasonFor(now, hidden) : null,
    ])
    for (let from = 0; from < records.length; from += MAX_TOLD)
      session.send(['aside', { collection, records: records.slice(from, from + MAX_TOLD) }])
  } catch (thrown) {
    log('rule-failed', { collection, error: String(thrown) })
  }
}
