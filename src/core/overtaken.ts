import type { Change, LogEntry } from './log.ts'
import { recordKey } from './record.ts'

/** What later entries say of one record. Numbers are the highest seq that says so. */
type Later = {
  /** Postgres's row began or ended. */
  replaced: number
  /** Columns an outside change wrote. */
  readonly written: Map<string, number>
  /** Columns that are to be written because of an outside change. */
  readonly repaired: Map<string, number>
}

/**
 * Says what of an entry Postgres is still to be told. Writing a value that an outside change has
 * overwritten since would undo that change there; so sets are left out once their field was
 * written outside, and everything is once the record was replaced. Deltas stay: they add to
 * whatever Postgres holds.
 *
 * @param corrections the outside changes among the entries that wait for Postgres
 */
export function overtaken(corrections: readonly LogEntry[]): (entry: LogEntry) => readonly Change[] {
  const records = new Map<string, Later>()
  const of = (collection: string, id: string): Later => {
    const key = recordKey(collection, id)
    const later = records.get(key) ?? { replaced: 0, written: new Map(), repaired: new Map() }
    records.set(key, later)
    return later
  }
  for (const { seq, outside, changes, repairs = [] } of corrections) {
    if (!outside) continue
    for (const { kind, collection, id, after, replaces, lostTo } of outside) {
      const later = of(collection, id)
      if (replaces) later.replaced = seq
      // What cannot be shown is nobody's to overwrite, although it is in no record.
      const wonAt = lostTo ?? (kind === 'aside' ? seq : undefined)
      if (wonAt === undefined) continue
      for (const column of Object.keys(after)) {
        later.written.set(column, Math.max(later.written.get(column) ?? 0, wonAt))
      }
    }
    for (const change of changes) {
      for (const column of setColumns(change)) of(change.collection, change.id).written.set(column, seq)
    }
    for (const change of repairs) {
      for (const column of setColumns(change)) of(change.collection, change.id).repaired.set(column, seq)
    }
  }
  return (entry) => {
    // What a revert restores never left Postgres, so there is nothing to write there.
    if (entry.reverts) return []
    const own = entry.outside ? (entry.repairs ?? []) : entry.changes
    if (records.size === 0) return own
    return own.flatMap((change) => {
      const later = records.get(recordKey(change.collection, change.id))
      return later ? (remaining(change, entry, later) ?? []) : change
    })
  }
}

function remaining(change: Change, { seq, outside }: LogEntry, later: Later): Change | undefined {
  if (later.replaced > seq) return undefined
  if (change.kind !== 'update') return change
  const stands = ([column]: [string, unknown]) =>
    change.adds?.[column] !== undefined ||
    ((later.written.get(column) ?? 0) <= seq && (!outside || (later.repaired.get(column) ?? 0) <= seq))
  const after = Object.fromEntries(Object.entries(change.after).filter(stands))
  if (Object.keys(after).length === 0) return undefined
  return { ...change, before: Object.fromEntries(Object.entries(change.before).filter(stands)), after }
}

function setColumns(change: Change): string[] {
  if (change.kind !== 'update') return []
  return Object.keys(change.after).filter((column) => change.adds?.[column] === undefined)
}
