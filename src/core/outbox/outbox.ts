import type { Row } from '../../protocol/value.ts'
import type { Change, External, LogEntry } from '../log/log.ts'
import { sameValue } from '../records/value.ts'
import { SQL_ACTOR } from '../records/version-vector.ts'
import type { Applied, Batch, NetChanges, NetUpdate, SentEntry } from './batch.ts'
import { Superseded } from './superseded.ts'

/**
 * Edits in one batch at the most. Past some hundred a call gains little by itself, but an object that is busy
 * hears of its answer late: a backlog is worked off by what fits into one call, and this holds locks for some
 * 0.3 s.
 */
export const MAX_BATCH_EDITS = 8_000

/** Rough bytes of one batch, far below what the HTTP endpoint takes. */
export const MAX_BATCH_BYTES = 1024 * 1024

/** Entries that wait for Postgres and have become something else since they were logged. */
export type Corrections = {
  /** The entry as it is by now; undefined for one that is what it was. */
  readonly of: (seq: number) => LogEntry | undefined
  /** What of an entry, as it is by now, is not superseded by external changes, also by those beyond the batch. */
  readonly remaining: (entry: LogEntry) => readonly Change[]
}

/**
 * The corrections of a log that is at hand as a whole.
 *
 * @param entries external changes, and what other entries have become, in order
 */
export function correctionsOf(entries: readonly LogEntry[]): Corrections {
  const superseded = new Superseded()
  for (const entry of entries) superseded.take(entry)
  const corrected = new Map(entries.map((entry) => [entry.seq, entry]))
  return { of: (seq) => corrected.get(seq), remaining: superseded.remaining }
}

/** A record's net change, while an interval is folded. */
type Net =
  | { is: 'insert'; row: Row }
  | { is: 'update'; set: Row; add: Readonly<Record<string, number>> }
  | { is: 'delete' }
  | { is: 'replace'; row: Row }
  | { is: 'nothing' }

/**
 * The number of edits that the next batch may have. One without an answer may have been too much, so a quarter is
 * tried, down to a single edit. After one that passed in part come as many as passed; after one that passed whole twice
 * as many as before. An empty batch tells nothing.
 *
 * @param answer what became of `sent`; undefined for no answer
 */
export function nextLimit(limit: number, sent: Batch, answer: Applied | undefined): number {
  if (sent.entries.length === 0) return limit
  if (!answer) return Math.ceil(sent.entries.length / 4)
  if (answer.is !== 'applied' || answer.refusals.length > 0) return limit
  if (answer.applied < sent.upTo) return Math.max(1, answer.applied - sent.after)
  return Math.min(MAX_BATCH_EDITS, 2 * limit)
}

/**
 * The next batch of a tenant's log for Postgres.
 *
 * @param log.entries what follows `after`, in order, read as far as the batch goes; not empty
 * @param collections the order in which tables are written: a table after those it refers to
 * @param limit edits at the most
 */
export function planBatch(
  log: {
    readonly epoch: string
    readonly after: number
    readonly entries: Iterable<LogEntry>
    readonly corrections: Corrections
  },
  collections: readonly string[],
  limit = MAX_BATCH_EDITS,
): Batch {
  const { epoch, after, entries, corrections } = log
  const planned: SentEntry[] = []
  let bytes = 0
  for (const logged of entries) {
    const entry = corrections.of(logged.seq) ?? logged
    const changes = corrections.remaining(entry)
    // The audit history has an external change as it was made.
    for (const change of [...changes, ...(entry.external ?? [])]) bytes += roughBytes(change)
    if (planned.length > 0 && (planned.length >= limit || bytes > MAX_BATCH_BYTES)) break
    planned.push(isSaid(entry, changes) ? { ...entry, changes } : { ...entry, changes, told: entry.changes })
  }
  const last = planned.at(-1)
  if (!last) throw new Error('a batch needs an entry')
  return { epoch, after, upTo: last.seq, entries: planned, net: netChanges(planned, collections) }
}

/** Whether what Postgres is sent of an entry, or what somebody made there, says all that the entry came to. */
function isSaid({ actor, changes, external, reverts }: LogEntry, sent: readonly Change[]): boolean {
  if (reverts) return true
  if (!external) return changes.length === sent.length && changes.every((change, i) => change === sent[i])
  const [made, ...more] = external
  const [came] = changes
  if (actor !== SQL_ACTOR || !made || !came || more.length > 0 || changes.length > 1) return false
  const { before, after } = { before: {}, after: {}, ...came }
  return came.kind === made.kind && sameValue(before, made.before) && sameValue(after, made.after)
}

/** Exact bytes would take as long as writing the changes out. */
function roughBytes(change: Change | External): number {
  const rows = [change.kind === 'insert' ? {} : change.before, change.kind === 'delete' ? {} : change.after]
  let bytes = change.id.length
  for (const value of rows.flatMap(Object.values)) {
    if (typeof value === 'string') bytes += value.length
    else bytes += typeof value === 'object' && value !== null ? JSON.stringify(value).length : 8
  }
  return bytes
}

/** Folds edits into what they do to each record in the end. */
export function netChanges(
  entries: readonly Pick<LogEntry, 'changes'>[],
  collections: readonly string[],
): NetChanges[] {
  const nets = new Map<string, Map<string, Net>>(collections.map((name) => [name, new Map()]))
  for (const change of entries.flatMap((edit) => edit.changes)) {
    const records = nets.get(change.collection)
    if (!records) throw new Error(`the log names collection "${change.collection}", which does not exist`)
    records.set(change.id, combine(records.get(change.id), change))
  }
  return [...nets].flatMap(([collection, records]) => {
    const inserts: Row[] = []
    const updates: NetUpdate[] = []
    const deletes: string[] = []
    for (const [id, net] of records) {
      if (net.is === 'insert') inserts.push(net.row)
      else if (net.is === 'update') updates.push({ id, set: net.set, add: net.add })
      else if (net.is === 'replace') updates.push({ id, set: net.row, add: {} })
      else if (net.is === 'delete') deletes.push(id)
    }
    return inserts.length + updates.length + deletes.length > 0
      ? [{ collection, inserts, updates, deletes }]
      : []
  })
}

function combine(net: Net | undefined, change: Change): Net {
  switch (change.kind) {
    case 'insert':
      // Deleted and created again in one batch: Postgres still has the old row.
      return net?.is === 'delete' ? { is: 'replace', row: change.after } : { is: 'insert', row: change.after }
    case 'delete':
      return net?.is === 'insert' || net?.is === 'nothing' ? { is: 'nothing' } : { is: 'delete' }
    case 'update':
      if (net?.is === 'insert' || net?.is === 'replace') return { ...net, row: updated(net.row, change) }
      return combineUpdates(net?.is === 'update' ? net : { is: 'update', set: {}, add: {} }, change)
  }
}

/** The sum in the log may be out of date; a delta never is. */
function updated(row: Row, { after, adds = {} }: Extract<Change, { kind: 'update' }>): Row {
  const columns = Object.entries(after).map(([name, value]) => {
    const delta = adds[name]
    const held = row[name]
    return [name, delta !== undefined && typeof held === 'number' ? held + delta : value]
  })
  return { ...row, ...Object.fromEntries(columns) }
}

/** Deltas of a column add up, or add to a value set before; a value set later replaces both. */
function combineUpdates(
  net: Extract<Net, { is: 'update' }>,
  change: Extract<Change, { kind: 'update' }>,
): Extract<Net, { is: 'update' }> {
  const set: Record<string, Row[string]> = { ...net.set }
  const add: Record<string, number> = { ...net.add }
  for (const [column, value] of Object.entries(change.after)) {
    const delta = change.adds?.[column]
    const earlier = set[column]
    if (delta === undefined) {
      set[column] = value
      delete add[column]
    } else if (earlier !== undefined) {
      // A column that was emptied before counts from nothing, as it does in Postgres.
      set[column] = (typeof earlier === 'number' ? earlier : 0) + delta
    } else {
      add[column] = (add[column] ?? 0) + delta
    }
  }
  return { is: 'update', set, add }
}
