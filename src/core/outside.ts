import type { Context } from '../protocol/edit.ts'
import type { Collection, Manifest } from '../protocol/manifest.ts'
import type { Row, Value } from '../protocol/value.ts'
import { findCollection } from './application.ts'
import type { OutsideChange } from './batch.ts'
import { Draft } from './draft.ts'
import type { Change, ConflictSide, LogEntry, Outside } from './log.ts'
import { isCounter, mergeOutside, toNumber } from './merge/outside.ts'
import { type StoredRecord, versionOf } from './record.ts'
import { REVERT_ACTOR } from './revert.ts'
import type { Turn } from './turn.ts'
import { sameValue } from './value.ts'
import { covers, SQL_ACTOR, type Version } from './version-vector.ts'

/** An outside change with what is needed to judge it. */
type Case = {
  readonly draft: Draft
  readonly collection: Collection
  readonly change: OutsideChange
  readonly context: Context
  readonly epoch: string
}

/** What the merge came to, beyond what the draft says. */
type Outcome = { readonly repairs: readonly Change[]; readonly replaces: boolean }

const NOTHING: Outcome = { repairs: [], replaces: false }

/**
 * Takes a change that somebody made in Postgres into the log, as an edit of actor `sql`. It had seen
 * this log up to where the ledger stood, and all earlier outside changes of its row. Where the merge
 * comes to something else than Postgres holds, the entry carries what is to be written there.
 *
 * @param unsent entries that may not be in Postgres yet; read in rare cases only
 */
export function takeOutside(
  turn: Turn,
  manifest: Manifest,
  change: OutsideChange,
  unsent: () => readonly LogEntry[],
): void {
  const collection = findCollection(manifest, change.collection)
  if (!collection) throw new Error(`an outside change names "${change.collection}", which is no collection`)
  const seq = turn.head + 1
  const draft = new Draft({ actor: SQL_ACTOR, n: seq, seq }, turn.record)
  const context = { epoch: change.epoch, seq: change.seen }
  const judged = { draft, collection, change, context, epoch: turn.epoch }
  const { repairs, replaces } = mergeChange(judged, unsent)
  const { kind, id, before, after, by } = change
  const outside: Outside = { kind, collection: collection.name, id, before, after, replaces }
  const changes = draft.changes()
  const entry: LogEntry = {
    seq,
    actor: SQL_ACTOR,
    n: seq,
    subject: by,
    at: turn.at,
    changes,
    outside,
    repairs,
  }
  turn.append(entry, draft.records())
  turn.conflicts.push(...draft.conflicts)
}

function mergeChange(judged: Case, unsent: () => readonly LogEntry[]): Outcome {
  const { draft, change } = judged
  const record = draft.record(change.collection, change.id)
  switch (change.kind) {
    case 'insert':
      return record && !record.deleted ? insertAgain(judged, record) : insertNew(judged)
    case 'update':
      // Postgres has rows the object never heard of only while the object is being loaded.
      if (!record) return NOTHING
      return record.deleted
        ? updateDeleted(judged, record, record.deleted, unsent)
        : updateLiving(judged, record)
    case 'delete':
      return record && !record.deleted ? deleteLiving(judged, record) : { repairs: [], replaces: true }
  }
}

function insertNew({ draft, collection, change }: Case): Outcome {
  const row = Object.fromEntries(collection.columns.map(({ name }) => [name, change.after[name] ?? null]))
  draft.put({ collection: collection.name, id: change.id, row, birth: draft.version, versions: {} })
  return { repairs: [], replaces: true }
}

/** Two made a record with one id: Postgres's row meets ours as a change of all of its columns. */
function insertAgain(judged: Case, record: StoredRecord): Outcome {
  const { draft, collection, change } = judged
  const start = collection.columns.map(({ name, default: standard }) => [name, standard ?? null])
  mergeColumns({ ...judged, change: { ...change, before: Object.fromEntries(start) } }, record)
  const merged = draft.record(collection.name, change.id) ?? record
  // Outside changes that follow are meant for this record, although they have not seen its birth.
  draft.write(merged, 'id', change.id)
  return { repairs: difference(collection, change.id, change.after, merged.row), replaces: true }
}

function updateLiving(judged: Case, record: StoredRecord): Outcome {
  if (!isSeenLife(judged, record)) {
    // Meant for an earlier record of this id, which Postgres is about to see deleted.
    lose(judged, record.birth)
    return NOTHING
  }
  const kept = mergeColumns(judged, record)
  if (kept.length === 0) return NOTHING
  const { collection, id, after } = judged.change
  return {
    repairs: [{ kind: 'update', collection, id, before: pick(after, kept), after: pick(record.row, kept) }],
    replaces: false,
  }
}

/** Merges every changed column. Returns those that kept their value. */
function mergeColumns(judged: Case, record: StoredRecord): string[] {
  const { draft, collection, change } = judged
  const kept: string[] = []
  for (const { name, policy } of collection.columns) {
    const after = Object.hasOwn(change.after, name) ? change.after[name] : undefined
    if (after === undefined || name === 'id') continue
    const now = draft.record(change.collection, change.id) ?? record
    const current = now.row[name] ?? null
    const before = change.before[name] ?? null
    const holder = versionOf(now, name)
    // Whoever replaced exactly the current value has seen it, whoever wrote it: a revert, for one,
    // gives back what Postgres held all along.
    const seen = covers(judged.context, judged.epoch, SQL_ACTOR, holder)
    const concurrent = !seen && (change.kind === 'insert' || !sameValue(current, before))
    const merged = mergeOutside(policy, { current, before, after, concurrent })
    const ours = sideOf(draft.version, after)
    const theirs = sideOf(holder, current)
    const conflict = {
      seq: draft.version.seq,
      collection: collection.name,
      id: change.id,
      field: name,
      policy: policy.kind,
    }
    if (merged.outcome === 'kept') {
      draft.conflicts.push({ ...conflict, winner: theirs, loser: ours })
      kept.push(name)
      continue
    }
    draft.write(now, name, merged.value, merged.add)
    if (merged.conflict) draft.conflicts.push({ ...conflict, winner: ours, loser: theirs })
  }
  return kept
}

/** The record was deleted here, and Postgres has not heard of it yet. */
function updateDeleted(
  judged: Case,
  record: StoredRecord,
  deleted: Version,
  unsent: () => readonly LogEntry[],
): Outcome {
  const { draft, collection, change } = judged
  if (covers(judged.context, judged.epoch, SQL_ACTOR, deleted)) return NOTHING
  if (collection.deletes === 'win' || !isSeenLife(judged, record)) {
    lose(judged, deleted)
    return NOTHING
  }
  const { deleted: _, ...alive } = record
  draft.put(alive)
  mergeColumns(judged, alive)
  const revived = draft.record(collection.name, change.id) ?? alive
  // To everyone who saw the delete this is a new record with the old values.
  draft.put({ ...revived, birth: draft.version, versions: {} })
  draft.conflicts.push({
    ...aboutRecord(judged),
    winner: sideOf(draft.version, { ...revived.row }),
    loser: sideOf(deleted, null),
  })
  return { repairs: missing(judged, revived, unsent()), replaces: true }
}

function deleteLiving(judged: Case, record: StoredRecord): Outcome {
  const { draft, collection, change } = judged
  const restore: Outcome = {
    repairs: [{ kind: 'insert', collection: collection.name, id: change.id, after: record.row }],
    replaces: true,
  }
  // What it deleted was gone here already; a later record of the same id is not touched by that.
  if (!isSeenLife(judged, record)) return restore
  const unseen = Object.values(record.versions).find((version) => !isSeen(judged, version))
  const theirs = unseen && sideOf(unseen, { ...record.row })
  const ours = sideOf(draft.version, null)
  if (theirs && collection.deletes === 'lose') {
    draft.conflicts.push({ ...aboutRecord(judged), winner: theirs, loser: ours })
    return restore
  }
  draft.put({ ...record, deleted: draft.version })
  if (theirs) draft.conflicts.push({ ...aboutRecord(judged), winner: ours, loser: theirs })
  return { repairs: [], replaces: true }
}

/** What a record that was brought back holds and Postgres does not: edits that were still on their way. */
function missing(judged: Case, revived: StoredRecord, unsent: readonly LogEntry[]): Change[] {
  const { collection, change, draft } = judged
  const adds = unsentAdds(judged, unsent)
  const set = collection.columns.flatMap(({ name, policy }) => {
    const version = versionOf(revived, name)
    return name !== 'id' && !isCounter(policy) && version !== draft.version && !isSeen(judged, version)
      ? [name]
      : []
  })
  const columns = [...set, ...Object.keys(adds)]
  if (columns.length === 0) return []
  const after = pick(revived.row, columns)
  return [{ kind: 'update', collection: collection.name, id: change.id, before: after, after, adds }]
}

function unsentAdds({ change, context, epoch }: Case, unsent: readonly LogEntry[]): Record<string, number> {
  let adds: Record<string, number> = {}
  for (const entry of unsent) {
    if (epoch === context.epoch && entry.seq <= context.seq) continue
    if (entry.outside?.replaces && isAbout(entry.outside, change)) adds = {}
    for (const candidate of entry.outside ? (entry.repairs ?? []) : entry.changes) {
      if (candidate.kind !== 'update' || !isAbout(candidate, change)) continue
      for (const [name, by] of Object.entries(candidate.adds ?? {})) adds[name] = (adds[name] ?? 0) + by
    }
  }
  return adds
}

/** What turns the row that Postgres holds into ours; counters by their difference. */
function difference(collection: Collection, id: string, held: Row, ours: Row): Change[] {
  const differing = collection.columns.filter(
    ({ name }) => !sameValue(held[name] ?? null, ours[name] ?? null),
  )
  if (differing.length === 0) return []
  const columns = differing.map(({ name }) => name)
  const adds = differing
    .filter(({ policy }) => isCounter(policy))
    .map(({ name }) => [name, toNumber(ours[name] ?? null) - toNumber(held[name] ?? null)])
  return [
    {
      kind: 'update',
      collection: collection.name,
      id,
      before: pick(held, columns),
      after: pick(ours, columns),
      ...(adds.length > 0 && { adds: Object.fromEntries(adds) }),
    },
  ]
}

function lose(judged: Case, winner: Version): void {
  judged.draft.conflicts.push({
    ...aboutRecord(judged),
    winner: sideOf(winner, null),
    loser: sideOf(judged.draft.version, { ...judged.change.after }),
  })
}

function aboutRecord({ draft, collection, change }: Case) {
  const policy = `deletes-${collection.deletes}`
  return { seq: draft.version.seq, collection: collection.name, id: change.id, policy }
}

type Place = { readonly collection: string; readonly id: string }

function isAbout(place: Place, { collection, id }: Place): boolean {
  return place.collection === collection && place.id === id
}

/** Whether the change was meant for this record, and not for an earlier one of the same id. */
function isSeenLife(judged: Case, record: StoredRecord): boolean {
  return isSeen(judged, record.birth) || isSeen(judged, versionOf(record, 'id'))
}

/** A revert gives back what Postgres held all along, so everybody there has seen it. */
function isSeen({ draft, context, epoch }: Case, version: Version): boolean {
  if (version === draft.version || version.actor === REVERT_ACTOR) return true
  return covers(context, epoch, SQL_ACTOR, version)
}

function sideOf({ actor, n }: Version, value: ConflictSide['value']): ConflictSide {
  return { actor, n, value }
}

function pick(row: Row, columns: readonly string[]): Record<string, Value> {
  return Object.fromEntries(columns.map((name) => [name, row[name] ?? null]))
}
