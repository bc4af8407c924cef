import type { Change, LogEntry } from '../log/log.ts'
import { recordKey } from '../records/record.ts'

/** What later entries say of one record. Numbers are the highest seq that says so. */
type Later = {
  /** Anything at all. */
  last: number
  /** Postgres's row began or ended. */
  replaced: number
  /** Columns an external change wrote. */
  readonly written: Map<string, number>
  /** Columns that are to be written because of an external change. */
  repaired?: Map<string, number>
}

/**
 * Says what of an entry Postgres is still to be told. Writing a value that an external change has
 * overwritten since would undo that change there; so sets are left out once their field was
 * written there, and everything is once the record was replaced. Deltas stay: they add to
 * whatever Postgres holds.
 *
 * It is kept up entry by entry, and asked by record: so neither costs more when many external changes wait.
 */
export class Superseded {
  readonly #records = new Map<string, Later>()
  /** The records of each entry, in the order of the log from `#first` on. */
  #entries: { readonly seq: number; readonly keys: readonly string[] }[] = []
  #first = 0

  /** Takes in the next entry of the log; one that is no external change supersedes nothing. */
  take({ seq, external, changes, repairs = [] }: LogEntry): void {
    if (!external) return
    const keys: string[] = []
    const of = (collection: string, id: string): Later => {
      const key = recordKey(collection, id)
      let later = this.#records.get(key)
      if (!later) {
        later = { last: seq, replaced: 0, written: new Map() }
        this.#records.set(key, later)
      }
      later.last = seq
      keys.push(key)
      return later
    }
    for (const { kind, collection, id, after, replaces, lostTo } of external) {
      const later = of(collection, id)
      if (replaces) later.replaced = seq
      // What cannot be shown is nobody's to overwrite, although it is in no record.
      const wonAt = lostTo ?? (kind === 'aside' ? seq : undefined)
      if (wonAt === undefined) continue
      for (const column of Object.keys(after))
        later.written.set(column, Math.max(later.written.get(column) ?? 0, wonAt))
    }
    for (const change of changes) {
      const { written } = of(change.collection, change.id)
      for (const column of setColumns(change)) written.set(column, seq)
    }
    for (const change of repairs) {
      const later = of(change.collection, change.id)
      later.repaired ??= new Map()
      for (const column of setColumns(change)) later.repaired.set(column, seq)
    }
    this.#entries.push({ seq, keys })
  }

  /** Forgets what entries up to here say: Postgres has everything that they could supersede. */
  drop(upTo: number): void {
    for (let next = this.#entries[this.#first]; next && next.seq <= upTo; next = this.#entries[++this.#first])
      for (const key of next.keys) if ((this.#records.get(key)?.last ?? 0) <= upTo) this.#records.delete(key)
    if (this.#first * 2 < this.#entries.length) return
    this.#entries = this.#entries.slice(this.#first)
    this.#first = 0
  }

  /** Records of which something is held. */
  get size(): number {
    return this.#records.size
  }

  /** What of an entry, as it is by now, Postgres is still to be told. */
  readonly remaining = (entry: LogEntry): readonly Change[] => {
    // What a revert restores never left Postgres, so there is nothing to write there.
    if (entry.reverts) return []
    const own = entry.external ? (entry.repairs ?? []) : entry.changes
    if (this.#records.size === 0) return own
    return own.flatMap((change) => {
      const later = this.#records.get(recordKey(change.collection, change.id))
      return later ? (remaining(change, entry, later) ?? []) : change
    })
  }
}

function remaining(change: Change, { seq, external }: LogEntry, later: Later): Change | undefined {
  if (later.replaced > seq) return undefined
  if (change.kind !== 'update') return change
  const stands = ([column]: [string, unknown]) =>
    change.adds?.[column] !== undefined ||
    ((later.written.get(column) ?? 0) <= seq && (!external || (later.repaired?.get(column) ?? 0) <= seq))
  const after = Object.fromEntries(Object.entries(change.after).filter(stands))
  if (Object.keys(after).length === 0) return undefined
  return { ...change, before: Object.fromEntries(Object.entries(change.before).filter(stands)), after }
}

function setColumns(change: Change): string[] {
  if (change.kind !== 'update') return []
  return Object.keys(change.after).filter((column) => change.adds?.[column] === undefined)
}
