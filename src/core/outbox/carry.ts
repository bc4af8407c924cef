import { type WireError, wireError } from '../../protocol/errors.ts'
import type { Collection, Manifest } from '../../protocol/manifest.ts'
import type { Row } from '../../protocol/value.ts'
import { type Application, findCollection } from '../app/application.ts'
import { isBuiltIn } from '../app/built-in.ts'
import { mergingOf } from '../app/merging.ts'
import { Draft } from '../edits/draft.ts'
import { keepConflicts, UNSEEN } from '../edits/keep-conflicts.ts'
import { notifyOfConflicts } from '../edits/notify.ts'
import { repeatBuiltIn } from '../edits/repeat-built-in.ts'
import type { Turn } from '../edits/turn.ts'
import { writeField } from '../edits/write-field.ts'
import { baseIn } from '../log/base-of.ts'
import { type Change, type LogEntry, opOf } from '../log/log.ts'
import { isExtreme } from '../merge/extreme.ts'
import { type ReadAside, setAside } from '../records/aside.ts'
import { type StoredRecord, versionOf } from '../records/record.ts'
import { filledRow } from '../records/standard-row.ts'
import { sameValue } from '../records/value.ts'
import { REVERT_ACTOR, SQL_ACTOR } from '../records/version-vector.ts'

/**
 * The edits of a log that Postgres has not got, and that nobody has been told are undone. Where the
 * log or Postgres was put back to an earlier state, seqs say nothing any more; a client's n does. Of what is nobody's
 * edit comes along what the engine kept beside it, which Postgres may lack: what is there is not done again.
 *
 * @param settled the highest n of a client that Postgres has settled
 * @param reverted seqs of this log that were undone
 */
export function unsettled(
  entries: readonly LogEntry[],
  settled: (client: string) => number,
  reverted: ReadonlySet<number>,
): LogEntry[] {
  return entries.flatMap((entry) => {
    const { actor, n, seq } = entry
    if (isNobodys(actor)) return keptBeside(entry) ?? []
    return n > settled(actor) && !reverted.has(seq) ? entry : []
  })
}

/** What the engine kept of its own accord, of an entry that is no client's edit. */
function keptBeside({ external = [], repairs: _, ...entry }: LogEntry): LogEntry | undefined {
  const isTheirs = (change: Change) => external.some((row) => isAt(change, row))
  const isKept = (change: Change) => isBuiltIn(change.collection) && !isTheirs(change)
  const changes = entry.reverts ? [] : entry.changes.filter(isKept)
  return changes.length > 0 ? { ...entry, changes } : undefined
}

function isNobodys(actor: string): boolean {
  return actor === SQL_ACTOR || actor === REVERT_ACTOR
}

/**
 * Takes an edit of an earlier log into this one, after everything was loaded from Postgres again. It
 * was accepted once, so it is not judged anew: it does what it did, where that can still be done.
 * If not, it stays without effect, and its author is to be told why.
 */
export function resubmit(turn: Turn, application: Application, entry: LogEntry): WireError | undefined {
  const { manifest } = application
  const { actor, n, subject, at } = entry
  if (isNobodys(actor)) {
    carryKept(turn, entry)
    return undefined
  }
  const draft = new Draft(
    { actor, n, seq: turn.head + 1 },
    turn.record,
    mergingOf(application, turn.mergeFaults),
  )
  const error = redo(draft, manifest, changesToRedo(entry, manifest), turn.aside)
  if (!error) {
    keepConflicts(draft, turn, manifest, { subject, seenUpTo: () => UNSEEN })
    notifyOfConflicts(draft, turn, application, subject)
    const place = { seq: turn.head + 1, actor, n, subject, at }
    const changes = draft.changes()
    const steps = entry.steps ?? draft.steps(changes)
    turn.append({ ...place, changes, ...(steps && { steps }) }, draft.records())
    turn.conflicts.push(...draft.conflicts)
    return undefined
  }
  // Postgres has to settle the edit too, so it has a place, and what undoes it.
  const seq = turn.head + 1
  turn.append({ seq, actor, n, subject, at, changes: [] }, [])
  const revert = { seq: seq + 1, actor: REVERT_ACTOR, n: seq, subject, at: turn.at }
  turn.append({ ...revert, changes: [], reverts: { seq, error } }, [])
  return error
}

/** Does again what the engine kept beside something that is no client's edit, where it is not there. */
function carryKept(turn: Turn, { subject, at, changes: kept }: LogEntry): void {
  const seq = turn.head + 1
  const draft = new Draft({ actor: REVERT_ACTOR, n: seq, seq }, turn.record)
  for (const change of kept) repeatBuiltIn(draft, change)
  const changes = draft.changes()
  if (changes.length === 0) return
  turn.append({ seq, actor: REVERT_ACTOR, n: seq, subject, at, changes }, draft.records())
}

/**
 * What an edit changed; greatest and least values as its author gave them. A greater one that stood in their
 * way may not be here.
 */
function changesToRedo({ changes, steps = [] }: LogEntry, manifest: Manifest): Change[] {
  const isWhole = (step: Change) => changes.some((change) => change.kind !== 'update' && isAt(change, step))
  const given = steps
    .flatMap((step) => (step.kind === 'update' && !isWhole(step) ? step : []))
    .map((step) => pickColumns(step, (name) => isExtremeIn(manifest, step, name)))
    .filter(({ after }) => Object.keys(after).length > 0)
  const isGiven = (change: Change, name: string) =>
    given.some((step) => isAt(step, change) && Object.hasOwn(step.after, name))
  const others = changes.map((change) =>
    change.kind === 'update' ? pickColumns(change, (name) => !isGiven(change, name)) : change,
  )
  return [...others, ...given]
}

function isAt(change: Change, { collection, id }: Pick<Change, 'collection' | 'id'>): boolean {
  return change.collection === collection && change.id === id
}

function isExtremeIn(manifest: Manifest, { collection }: Change, name: string): boolean {
  const column = findCollection(manifest, collection)?.columns.find((candidate) => candidate.name === name)
  return column !== undefined && isExtreme(column.policy.kind)
}

function pickColumns<Update extends Extract<Change, { kind: 'update' }>>(
  change: Update,
  isPicked: (name: string) => boolean,
): Update {
  const pick = (row: Row) => Object.fromEntries(Object.entries(row).filter(([name]) => isPicked(name)))
  return { ...change, before: pick(change.before), after: pick(change.after) }
}

function redo(
  draft: Draft,
  manifest: Manifest,
  changes: readonly Change[],
  readAside: ReadAside,
): WireError | undefined {
  for (const change of changes) {
    if (isBuiltIn(change.collection)) {
      repeatBuiltIn(draft, change)
      continue
    }
    const collection = findCollection(manifest, change.collection)
    // A collection that the application has given up since.
    if (!collection) continue
    const { id } = change
    const record = draft.record(collection.name, id)
    const aside = record && !record.deleted ? undefined : readAside(collection.name, id)
    const error = aside ? setAside(id, aside) : redoChange(draft, collection, change)
    if (error) return error
  }
  return undefined
}

function redoChange(draft: Draft, collection: Collection, change: Change): WireError | undefined {
  const { id } = change
  const record = draft.record(collection.name, id)
  const living = record && !record.deleted ? record : undefined
  switch (change.kind) {
    case 'insert': {
      if (living) return wireError('row-exists', 'The database already has a record with this id.')
      const row = filledRow(collection, change.after)
      draft.put({ collection: collection.name, id, row, birth: draft.version, versions: {} })
      return undefined
    }
    case 'update':
      if (!living) return wireError('row-missing', 'The record is no longer in the database.')
      return redoUpdate(draft, collection, living, change)
    case 'delete':
      if (living) draft.remove(living)
      return undefined
  }
}

function redoUpdate(
  draft: Draft,
  { columns, name: collection }: Collection,
  record: StoredRecord,
  change: Extract<Change, { kind: 'update' }>,
): WireError | undefined {
  for (const column of columns) {
    const { name } = column
    const after = Object.hasOwn(change.after, name) ? change.after[name] : undefined
    if (after === undefined || name === 'id') continue
    const now = draft.record(collection, record.id) ?? record
    const before = change.before[name] ?? null
    const op = opOf(change, name, after)
    // What was loaded from Postgres and is not what the edit met, somebody else wrote there meanwhile.
    const concurrent = versionOf(now, name).seq === 0 && !sameValue(now.row[name] ?? null, before)
    const bases = { ours: () => baseIn(change, name), theirs: () => undefined }
    const merged = writeField(draft, now, column, { by: 'accepted', op, before, concurrent, bases })
    if (merged.outcome === 'rejected') return merged.error
  }
  return undefined
}
