import { writeField } from '../edits/write-field.ts'
import type { External } from '../log/log.ts'
import { type StoredRecord, versionOf } from '../records/record.ts'
import { filledRow, standardRow } from '../records/standard-row.ts'
import { sameValue } from '../records/value.ts'
import type { Version } from '../records/version-vector.ts'
import {
  aboutRecord,
  type Case,
  isKnown,
  isSeen,
  isSeenLife,
  lose,
  NOTHING,
  type Outcome,
  sideOf,
} from './judge.ts'
import { setDeletedAside, setLivingAside } from './merge-aside.ts'
import { difference, missing, pick } from './repairs.ts'

/**
 * Merges one row that somebody changed in Postgres into the record of the object. The change has happened; what is
 * decided is what the record comes to, and what Postgres is told in return: the repairs.
 *
 *            | no record | a living record                     | deleted here, Postgres may not know it
 *   ---------+-----------+-------------------------------------+----------------------------------------
 *   insert   | is made   | fields merge; repairs: what differs | is made
 *   update   | nothing   | fields merge; repairs: what is kept | is lost, or revives it with its fields
 *   delete   | nothing   | ends, or comes back by a repair     | nothing
 *   aside    | nothing   | ends                                | is lost, or ends it once more
 *
 * - Its author has seen the log up to where the ledger stood, all earlier changes of the row, and what a revert
 *   gave back, which Postgres held all along.
 * - A change that is meant for an earlier record of the id leaves a later one as it is.
 * - `replaces` says that Postgres's row began or ended: what earlier edits did to it is not sent any more, so
 *   the repairs have all of it. Without it those edits are sent still, but for what the change has written.
 * - Postgres with the repairs, and with what is still to be sent, holds what the record holds.
 * - Merged again, because the records before it are others now, a change that was lost stays lost.
 *
 * @param earlier what it came to when it was merged before
 */
export function mergeRecord(judged: Case, earlier: External | undefined): Outcome {
  const { draft, change } = judged
  const record = draft.record(change.collection, change.id)
  switch (change.kind) {
    case 'insert':
      return record && !record.deleted ? insertAgain(judged, record) : insertNew(judged)
    case 'update':
      // Postgres has rows the object never heard of only while the object is being loaded.
      if (!record) return NOTHING
      // Postgres has been told of the delete it lost to; a later record is not touched until it ends.
      if (record.deleted && earlier?.lostTo !== undefined)
        return lose(judged, isSeenLife(judged, record) ? record.deleted : record.birth)
      if (record.deleted) return updateDeleted(judged, record, record.deleted)
      // Postgres has not been told what earlier edits did to the record.
      return earlier?.replaces ? replaceLiving(judged, record) : updateLiving(judged, record)
    case 'delete':
      return record && !record.deleted ? deleteLiving(judged, record) : { repairs: [], replaces: true }
    case 'aside':
      if (!record) return NOTHING
      return record.deleted
        ? setDeletedAside(judged, record, record.deleted, earlier)
        : setLivingAside(judged, record)
  }
}

function insertNew({ draft, collection, change }: Case): Outcome {
  const row = filledRow(collection, change.after)
  draft.put({ collection: collection.name, id: change.id, row, birth: draft.version, versions: {} })
  return { repairs: [], replaces: true }
}

/** Two made a record with one id: Postgres's row meets ours as a change of all of its columns. */
function insertAgain(judged: Case, record: StoredRecord): Outcome {
  const { draft, collection, change } = judged
  mergeColumns({ ...judged, change: { ...change, before: standardRow(collection) } }, record)
  const merged = draft.record(collection.name, change.id) ?? record
  // External changes that follow are meant for this record, although they have not seen its birth.
  draft.write(merged, 'id', change.id)
  return { repairs: difference(collection, change.id, change.after, merged.row), replaces: true }
}

function updateLiving(judged: Case, record: StoredRecord): Outcome {
  if (!isSeenLife(judged, record)) {
    // Meant for an earlier record of this id, which Postgres is about to see deleted.
    return lose(judged, record.birth)
  }
  const others = mergeColumns(judged, record)
  if (others.length === 0) return NOTHING
  const { collection, id, after } = judged.change
  const { row } = judged.draft.record(collection, id) ?? record
  return {
    repairs: [{ kind: 'update', collection, id, before: pick(after, others), after: pick(row, others) }],
    replaces: false,
  }
}

/** Merges every changed column. Returns those that came to another value than Postgres holds. */
function mergeColumns(judged: Case, record: StoredRecord): string[] {
  const { draft, collection, change } = judged
  const others: string[] = []
  for (const column of collection.columns) {
    const { name } = column
    const after = Object.hasOwn(change.after, name) ? change.after[name] : undefined
    if (after === undefined || name === 'id') continue
    const now = draft.record(change.collection, change.id) ?? record
    const current = now.row[name] ?? null
    const before = change.before[name] ?? null
    const holder = versionOf(now, name)
    // Whoever replaced exactly the current value has seen it, whoever wrote it: a revert, for one,
    // gives back what Postgres held all along. What its own write was merged to, it has not seen.
    const isMixed = column.policy.kind === 'merge' && holder.seq > judged.context.seq
    const seen = !isMixed && isKnown(judged, holder)
    const concurrent = !seen && (change.kind === 'insert' || !sameValue(current, before))
    const bases = {
      ours: () => (change.kind === 'update' ? { value: before } : undefined),
      theirs: () => judged.bases?.ofHolder(change, name, holder),
    }
    const merged = writeField(draft, now, column, {
      by: 'postgres',
      before,
      after,
      concurrent,
      bases,
      hasSeen: (version) => isSeen(judged, version),
    })
    const isOther =
      merged.outcome === 'applied' && merged.delta === undefined && !sameValue(merged.value, after)
    if (merged.outcome === 'kept' || isOther) others.push(name)
  }
  return others
}

/** The record was deleted here, and Postgres has not heard of it yet. */
function updateDeleted(judged: Case, record: StoredRecord, deleted: Version): Outcome {
  const { draft, collection, change } = judged
  if (isKnown(judged, deleted)) return NOTHING
  // Meant for an earlier record of this id: what was done to the later one until its end is not superseded.
  if (!isSeenLife(judged, record)) return lose(judged, record.birth)
  if (collection.deletes === 'win') return lose(judged, deleted)
  const { deleted: _, ...alive } = record
  draft.put(alive)
  const outcome = replaceLiving(judged, alive)
  const revived = draft.record(collection.name, change.id) ?? alive
  draft.revive(revived)
  draft.conflicts.push({
    ...aboutRecord(judged),
    winner: sideOf(draft.version, { ...revived.row }),
    loser: sideOf(deleted, null),
    base: { ...record.row },
  })
  return outcome
}

/** Edits of the record that are still on their way go with the change: Postgres is told what it lacks. */
function replaceLiving(judged: Case, record: StoredRecord): Outcome {
  const others = mergeColumns(judged, record)
  const merged = judged.draft.record(record.collection, record.id) ?? record
  const { change, context, draft, unsent } = judged
  const waiting = unsent(change).filter(({ seq }) => seq > context.seq)
  const mixed = others.filter((name) => versionOf(merged, name) === draft.version)
  return { repairs: missing(merged, draft.version, change, waiting, mixed), replaces: true }
}

function deleteLiving(judged: Case, record: StoredRecord): Outcome {
  const { draft, collection, change } = judged
  const restore: Outcome = {
    repairs: [{ kind: 'insert', collection: collection.name, id: change.id, after: record.row }],
    replaces: true,
  }
  // What it deleted was gone here already; a later record of the same id is not touched by that.
  if (!isSeenLife(judged, record)) return restore
  const unseen = Object.entries(record.versions).filter(([, version]) => !isSeen(judged, version))
  const ours = sideOf(draft.version, null)
  if (unseen.length > 0 && collection.deletes === 'lose') {
    const winners = new Map(unseen.map(([, version]) => [version.actor, version]))
    for (const winner of winners.values())
      draft.conflicts.push({
        ...aboutRecord(judged),
        winner: sideOf(winner, { ...record.row }),
        loser: ours,
        base: { ...change.before },
      })
    return restore
  }
  draft.remove(record)
  for (const [field, holder] of unseen) {
    const base = judged.bases?.ofHolder(change, field, holder)
    draft.conflicts.push({
      ...aboutRecord(judged),
      field,
      winner: ours,
      loser: sideOf(holder, record.row[field] ?? null),
      ...(base && { base: base.value }),
    })
  }
  return { repairs: [], replaces: true }
}
