import type { Change, LogEntry } from './log.ts'
import { recordKey } from './record.ts'

/** What later entries say of one record. Numbers are the highest seq that says so. */
type Later = {
  /** Postgres's row began or ended. */
  replaced: number
  /** Columns an outside change wrote. */
  readonly written: Map<string, number>
  /** Columns a revert gave back. */
  readonly reverted: Map<string, number>
}

/**
 * Says what of an entry Postgres is still to be told. Writing a value that an outside change has
 * overwritten since would undo that change there; so sets are left out once their field was
 * written outside, and everything is once the record was replaced. Deltas stay: they add to
 * whatever Postgres holds.
 *
 * @param corrections the outside changes and reverts among the entries that wait for Postgres
 */
export function overtaken(corrections: readonly LogEntry[]): (entry: LogEntry) => readonly Change[] {
  const records = new Map<string, Later>()
  const of = (collection: string, id: string): Later => {
    const key = recordKey(collection, id)
    const later = records.get(key) ?? { replaced: 0, written: new Map(), reverted: new Map() }
    records.set(key, later)
    return later
  }
  for (const { seq, outside, changes } of corrections) {
    if (outside?.replaces) of(outside.collection, outside.id).replaced = seq
    for (const change of changes) {
      if (change.kind !== 'update') continue
      const later = of(change.collection, change.id)
      for (const column of Object.keys(change.after)) {
        if (change.adds?.[column] === undefined) (outside ? later.written : later.reverted).set(column, seq)
      }
    }
  }
  return (entry) => {
    // What a revert restores never left Postgres, so there is nothing to write there.
    if (entry.reverts) return []
    const own = entry.outside ? (entry.repairs ?? []) : entry.changes
    if (records.size === 0) return own
    return own.flatMap((change) => {
      const later = records.get(recordKey(change.collection, change.id))
      return later ? (standing(change, entry, later) ?? []) : change
    })
  }
}

function standing(change: Change, { seq, outside }: LogEntry, later: Later): Change | undefined {
  if (later.replaced > seq) return undefined
  if (change.kind !== 'update') return change
  const stands = ([column]: [string, unknown]) =>
    change.adds?.[column] !== undefined ||
    ((later.written.get(column) ?? 0) <= seq && (!outside || (later.reverted.get(column) ?? 0) <= seq))
  const after = Object.fromEntries(Object.entries(change.after).filter(stands))
  if (Object.keys(after).length === 0) return undefined
  return { ...change, before: Object.fromEntries(Object.entries(change.before).filter(stands)), after }
}
