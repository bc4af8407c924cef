import { type Claims, findCollection } from '../../core/app/application.ts'
import { notFound } from '../../core/edits/refusals.ts'
import type { HistoryPort, PastRange, StoredEntry, StoredPage } from '../../core/history/history-port.ts'
import { lastRow, type PastEntry, toItem } from '../../core/history/past.ts'
import { pastRightsOf } from '../../core/history/past-rights.ts'
import type { Attempt } from '../../core/outbox/postgres-port.ts'
import { filledRow } from '../../core/records/standard-row.ts'
import type { TidemarkApp } from '../../define/define-app.ts'
import { type WireError, wireError } from '../../protocol/errors.ts'
import type { HistoryPage, HistoryPlace, HistoryRequest, PastEdit } from '../../protocol/history.ts'
import { MAX_READ_CHARACTERS } from '../../protocol/limits.ts'
import type { Row } from '../../protocol/value.ts'
import type { Store } from '../storage/store.ts'
import { explain } from '../upstream/refusal.ts'
import { readLog, readLogged } from './log-past.ts'

/** The means to read the past. */
export type Past = {
  readonly app: TidemarkApp
  readonly store: Store
  readonly history: HistoryPort
}

type Asked<Ask extends HistoryRequest['ask']> = Extract<HistoryRequest, { ask: Ask }>

/** Items of a page, unless it is said. */
const PAGE = 50

/** Entries by which it is seen what became last of a record: more than are refused in a row. */
const NEWEST = 20

/**
 * A page of a record's past: what the object's log has that Postgres has not, then what Postgres has. Postgres is
 * asked in any case, so that a record that somebody may not see takes as long as one that never was.
 */
export async function readRecord(
  past: Past,
  claims: Claims,
  { collection, id, before, limit = PAGE }: Asked<'record'>,
): Promise<HistoryPage | WireError> {
  const rights = pastRightsOf(past.app, claims, collection)
  if ('code' in rights) return rights
  const stored = await past.history.page(collection, id, { before, limit })
  const newest = before ? await newestOf(past, collection, id) : stored
  const { store } = past
  const state = stateOf(store, collection, id, newest)
  // While it cannot be told that there is none, one that they may not see cannot be told either.
  if (!state || !rights.sees(state.last)) return newest.ok ? notFound(id) : away()
  const told = joined(store, { collection, id, before, limit }, stored)
  const items = told.entries.flatMap((entry) => toItem(entry, { collection, id }, rights.show) ?? [])
  const last = told.entries.at(-1)
  return {
    epoch: store.epoch,
    row: state.lives ? rights.row(state.last) : null,
    items,
    older: told.older,
    ...(told.older !== 'none' && last && { next: { epoch: last.epoch, seq: last.seq } }),
  }
}

/** One edit, with all of it that somebody may see. What they may not see is not there for them. */
export async function readEdit(
  past: Past,
  claims: Claims,
  place: HistoryPlace,
): Promise<PastEdit | WireError> {
  const stored = await past.history.edit(place)
  const { store, app } = past
  const entry = readLogged(store, place) ?? (stored.ok && stored.value ? explained(stored.value) : undefined)
  const changes = (entry?.changes ?? []).flatMap((change) => {
    const rights = pastRightsOf(app, claims, change.collection)
    // Of a record that nothing is known of here any more, the edit that ended it says what it was.
    const last = store.record(change.collection, change.id)?.row ?? (change.kind === 'delete' && change.from)
    return 'code' in rights || !last || !rights.sees(last) ? [] : (rights.show(change) ?? [])
  })
  if (changes.length > 0) return { changes }
  if (!stored.ok) return away()
  return wireError('not-found', 'There is no such edit.')
}

/**
 * Sees to it that the object knows a deleted record, so that it can be brought back: as long as the log reaches back
 * it does, else the history in Postgres has its last row.
 */
export async function recall(
  past: Past,
  claims: Claims,
  { collection, id }: Asked<'recall'>,
): Promise<{ readonly changes: [] } | WireError> {
  const rights = pastRightsOf(past.app, claims, collection)
  if ('code' in rights) return rights
  const newest = await newestOf(past, collection, id)
  const { store } = past
  const state = stateOf(store, collection, id, newest)
  // While it cannot be told that there is none, one that they may not see cannot be told either.
  if (!state || !rights.sees(state.last)) return newest.ok ? notFound(id) : away()
  if (!store.record(collection, id) && !store.aside(collection, id))
    keepEnded(past, collection, id, state.last)
  return { changes: [] }
}

/** Keeps the record as one that ended before the log began. It goes with the other tombstones. */
function keepEnded({ app, store }: Past, collection: string, id: string, last: Row): void {
  const row = filledRow(findCollection(app.manifest, collection) ?? { columns: [] }, last)
  const version = { actor: '', n: 0, seq: store.floor }
  store.transaction((txn) =>
    txn.putRecord({ collection, id, row, birth: version, versions: {}, deleted: version }),
  )
}

function newestOf({ history }: Past, collection: string, id: string): Promise<Attempt<StoredPage>> {
  return history.page(collection, id, { limit: NEWEST })
}

/** The row that a record has, or had last; undefined where there was none, or that cannot be told. */
function stateOf(
  store: Store,
  collection: string,
  id: string,
  newest: Attempt<StoredPage>,
): { readonly lives: boolean; readonly last: Row } | undefined {
  const record = store.record(collection, id)
  if (record) return { lives: !record.deleted, last: record.row }
  if (!newest.ok) return undefined
  const last = lastRow(newest.value.entries.map(explained), { collection, id })
  return last && { lives: false, last }
}

type Told = { readonly entries: readonly PastEntry[]; readonly older: HistoryPage['older'] }

type Range = Pick<Asked<'record'>, 'collection' | 'id'> & PastRange

/** What the log and Postgres say together. */
function joined(store: Store, { collection, id, before, limit }: Range, stored: Attempt<StoredPage>): Told {
  const isCurrent = stored.ok && stored.value.epoch === store.epoch
  const after = isCurrent ? stored.value.applied : stored.ok ? 0 : store.floor
  const isOfLog = before === undefined || before.epoch === store.epoch
  const upTo = before?.seq ?? Number.POSITIVE_INFINITY
  const logged = isOfLog ? readLog(store, { collection, id, after, before: upTo, limit }) : []
  if (!stored.ok) {
    const more = logged.length > limit
    return fitting({ entries: logged.slice(0, limit), older: more ? 'more' : 'unavailable' })
  }
  const all = [...logged, ...stored.value.entries.map(explained)]
  const more = stored.value.more || all.length > limit
  return fitting({ entries: all.slice(0, limit), older: more ? 'more' : 'none' })
}

/** A page that is not too long for an answer: one entry at least, the others as long as there is room. */
function fitting({ entries, older }: Told): Told {
  let room = MAX_READ_CHARACTERS
  const cut = entries.findIndex((entry, i) => {
    room -= JSON.stringify(entry.changes).length
    return i > 0 && room < 0
  })
  return cut === -1 ? { entries, older } : { entries: entries.slice(0, cut), older: 'more' }
}

function explained({ refusal, ...entry }: StoredEntry): PastEntry {
  return refusal ? { ...entry, refused: explain(refusal) } : entry
}

function away(): WireError {
  const message = 'The history cannot be read now, because the database does not answer; try again later.'
  return wireError('busy', message, { retryAfterMs: 5_000 })
}
