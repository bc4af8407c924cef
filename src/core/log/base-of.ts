import type { Value } from '../../protocol/value.ts'
import { recordKey } from '../records/record.ts'
import { SQL_ACTOR, type Version } from '../records/version-vector.ts'
import { type Change, type LogEntry, versionBy } from './log.ts'

/** The value that an author had in sight when writing; undefined where that is not known, or there was none. */
export type Base = { readonly value: Value } | undefined

/** Some entries of the log in order, up to the one before a seq, and the size of their text. */
export type Past = { readonly entries: readonly LogEntry[]; readonly characters: number }

/** Reads the log backwards, a piece at a time; undefined where it does not reach back so far. */
export type ReadPast = (before: number) => Past | undefined

/** An author's knowledge of the log. */
export type Knowledge = {
  /** All of it up to here; undefined for an author who held nothing of it. */
  readonly upTo: number | undefined
  /** Whether it had seen a write beyond that: its own, or one that reached it before the log did. */
  readonly has: (version: Version) => boolean
}

type RecordRef = { readonly collection: string; readonly id: string }

/**
 * Characters of the log that one turn reads back at the most, some 40 ms of parsing: whoever was away for longer
 * than that has a conflict without a base rather than everybody's edits wait.
 */
export const MAX_CHARACTERS_BACK = 4_000_000

/**
 * Finds what authors had in sight, in the log. It is read backwards and only if somebody asks, once for a turn:
 *
 *   now <- head <- ... <- an entry that the author had seen: what that left is what it saw
 *                     <- the end of all that it held: what was there before the oldest one it had not seen
 *
 * The log as it was written tells what was on screens, also what was undone later. It may be pruned, and is read
 * only so far; then the base is not known. It is never guessed.
 */
export class Bases {
  readonly #read: ReadPast
  readonly #turn: readonly LogEntry[]
  /** Of the turn, the oldest first; of the log before it, the newest first. */
  readonly #recent = new Map<string, LogEntry[]>()
  readonly #older = new Map<string, LogEntry[]>()
  #taken = 0
  /** Everything from here on was read. */
  #from: number
  #characters = 0
  #isEnd = false

  /**
   * @param head the last seq before the turn
   * @param turn the entries of the turn, which may become more
   */
  constructor(head: number, turn: readonly LogEntry[], read: ReadPast) {
    this.#from = head + 1
    this.#turn = turn
    this.#read = read
  }

  /** What an author had in sight of a field that holds `now`. */
  of(ref: RecordRef, field: string, now: Value, { upTo = -1, has }: Knowledge): Base {
    let value = now
    for (const entry of this.#backTo(ref, upTo)) {
      const [change] = touching(entry.changes, ref, field)
      if (has(versionBy(entry)) && givenIn(entry, ref, field) !== undefined)
        return ofField(givenIn(entry, ref, field))
      // What was there is written again: it stays.
      if (!change) continue
      const before = beforeOf(change, field)
      if (before === undefined) return undefined
      value = before
    }
    return this.#from <= upTo + 1 ? { value } : undefined
  }

  /**
   * What an author had in sight of a text that several write: what its own last change came to, unless that met what
   * others had written unseen. Which words of such a text are whose cannot be told, so it is not known.
   */
  ofText(ref: RecordRef, field: string, now: Value, { upTo, has }: Knowledge): Base {
    if (upTo === undefined) return undefined
    let value = now
    let own: Base
    for (const entry of this.#backTo(ref, upTo)) {
      const [change] = touching(entry.changes, ref, field)
      if (!change) continue
      if (has(versionBy(entry))) own ??= { value }
      else if (own) return undefined
      const before = change.kind === 'update' ? beforeOf(change, field) : undefined
      if (before === undefined) return undefined
      value = before
    }
    return this.#from <= upTo + 1 ? (own ?? { value }) : undefined
  }

  /** What the author of a field's value had in sight when writing it. */
  ofHolder(ref: RecordRef, field: string, holder: Version): Base {
    for (const entry of this.#backTo(ref, holder.seq - 1)) {
      if (entry.seq !== holder.seq) continue
      if (entry.external) return baseInPostgres(entry, ref, field)
      const [change] = [...touching(entry.changes, ref, field), ...touching(entry.steps, ref, field)]
      return change?.kind === 'update' ? baseIn(change, field) : undefined
    }
    return undefined
  }

  /** The entries above a seq that touch a record, the newest first, as far as the log can be read. */
  *#backTo(ref: RecordRef, seq: number): Generator<LogEntry> {
    const key = recordKey(ref.collection, ref.id)
    for (const entry of this.#turn.slice(this.#taken)) append(this.#recent, entry)
    this.#taken = this.#turn.length
    for (const entry of [...(this.#recent.get(key) ?? [])].reverse()) {
      if (entry.seq <= seq) return
      yield entry
    }
    for (let at = 0; ; at++) {
      while (at >= (this.#older.get(key)?.length ?? 0)) if (this.#from <= seq + 1 || !this.#readMore()) return
      const entry = this.#older.get(key)?.[at]
      if (!entry || entry.seq <= seq) return
      yield entry
    }
  }

  #readMore(): boolean {
    if (this.#isEnd || this.#from <= 1 || this.#characters >= MAX_CHARACTERS_BACK) return false
    const past = this.#read(this.#from)
    const [first] = past?.entries ?? []
    this.#isEnd = !past || !first
    if (!past || !first) return false
    for (const entry of [...past.entries].reverse()) append(this.#older, entry)
    this.#from = first.seq
    this.#characters += past.characters
    return true
  }
}

/** The base that an entry tells of a field it has written. */
export function baseIn({ before, base }: Extract<Change, { kind: 'update' }>, field: string): Base {
  if (!base || !Object.hasOwn(base, field)) return ofField(before[field])
  return ofField(base[field]?.[0])
}

function append(byRecord: Map<string, LogEntry[]>, entry: LogEntry): void {
  const { changes, steps = [], external = [] } = entry
  const touched = [...changes, ...steps, ...external].map(({ collection, id }) => recordKey(collection, id))
  for (const key of new Set(touched)) {
    const entries = byRecord.get(key)
    if (entries) entries.push(entry)
    else byRecord.set(key, [entry])
  }
}

function about<Changed extends RecordRef>(
  list: readonly Changed[] | undefined,
  { collection, id }: RecordRef,
): Changed[] {
  return list?.filter((change) => change.collection === collection && change.id === id) ?? []
}

/** What was done to a field, in order. */
function touching(list: readonly Change[] | undefined, ref: RecordRef, field: string): Change[] {
  return about(list, ref).filter((change) => change.kind !== 'update' || Object.hasOwn(change.after, field))
}

/** Postgres says what it held. An edit that was Postgres first does not say what its author had in sight. */
function baseInPostgres({ actor, external }: LogEntry, ref: RecordRef, field: string): Base {
  const row = actor === SQL_ACTOR ? about(external, ref).at(-1) : undefined
  return row?.kind === 'update' ? ofField(row.before[field]) : undefined
}

/** What a field held before a change; undefined where there was no record. */
function beforeOf(change: Change, field: string): Value | undefined {
  return (change.kind === 'insert' ? change.revives : change.before)?.[field]
}

/** What an author was shown of its own write: what it gave, whatever that came to. */
function givenIn(
  { changes, steps = [], external }: LogEntry,
  ref: RecordRef,
  field: string,
): Value | undefined {
  if (external) return about(external, ref).at(-1)?.after[field]
  const change = [...touching(changes, ref, field), ...touching(steps, ref, field)].at(-1)
  return change && change.kind !== 'delete' ? change.after[field] : undefined
}

function ofField(value: Value | undefined): Base {
  return value === undefined ? undefined : { value }
}
