import { type PastEntry, pastEntry } from '../../core/history/past.ts'
import type { LogEntry } from '../../core/log/log.ts'
import type { WireError } from '../../protocol/errors.ts'
import type { HistoryPlace } from '../../protocol/history.ts'
import type { Store } from '../storage/store.ts'

type Wanted = {
  readonly collection: string
  readonly id: string
  /** Only what is after this seq. */
  readonly after: number
  /** Only what is before this seq. */
  readonly before: number
  readonly limit: number
}

/** Reads what the object's own log has of a record's past, the newest first, and one more than the limit. */
export function readLog(store: Store, { collection, id, after, before, limit }: Wanted): PastEntry[] {
  const found: PastEntry[] = []
  const undone = new Map<number, WireError>()
  for (const { entries } of store.turnsAbout(id, after)) {
    for (const logged of entries) {
      if (logged.reverts) {
        undone.set(logged.reverts.seq, logged.reverts.error)
        continue
      }
      if (logged.seq >= before) continue
      const entry = toPast(store, logged, undone)
      if (!entry.changes.some((change) => change.collection === collection && change.id === id)) continue
      found.push(entry)
      if (found.length > limit) return found
    }
  }
  return found
}

/** Reads one edit of the object's own log; undefined where that does not reach back so far. */
export function readLogged(store: Store, { epoch, seq }: HistoryPlace): PastEntry | undefined {
  if (epoch !== store.epoch) return undefined
  const undone = new Map<number, WireError>()
  for (const { entries } of store.turnsBackTo(seq - 1))
    for (const { reverts } of entries) if (reverts) undone.set(reverts.seq, reverts.error)
  const [logged] = store.entries(seq - 1)
  return logged?.seq === seq && !logged.reverts ? toPast(store, logged, undone) : undefined
}

function toPast(store: Store, logged: LogEntry, undone: ReadonlyMap<number, WireError>): PastEntry {
  const { seq } = logged
  // What has become of it since, as long as Postgres has not got it.
  const corrected = store.corrections.of(seq)
  const refused = undone.get(seq) ?? corrected?.undone
  // Of an edit that was undone it is told what it did, although nothing of it is left.
  const entry = refused ? logged : (corrected ?? logged)
  // An external change was in Postgres first.
  const committed = seq <= store.committed || entry.external !== undefined
  return pastEntry(entry, { epoch: store.epoch, committed }, refused)
}
