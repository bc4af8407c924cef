import type { External } from '../log/log.ts'
import { isCounter } from '../merge/external.ts'
import { type StoredRecord, versionOf } from '../records/record.ts'
import type { Version } from '../records/version-vector.ts'
import { aboutRecord, type Case, isKnown, isSeenLife, lose, NOTHING, type Outcome, sideOf } from './judge.ts'

/**
 * Postgres holds what cannot be a record here, so it is none any more. What waits for Postgres still goes
 * there, because the row is there; but for what the change itself has overwritten.
 */
export function setLivingAside(judged: Case, record: StoredRecord): Outcome {
  const { draft, collection, change } = judged
  if (!isSeenLife(judged, record)) return lose(judged, record.birth)
  for (const { name, policy } of collection.columns) {
    const holder = versionOf(record, name)
    if (!Object.hasOwn(change.after, name) || isCounter(policy) || isKnown(judged, holder)) continue
    const base = judged.bases?.ofHolder(change, name, holder)
    draft.conflicts.push({
      ...aboutRecord(judged),
      field: name,
      policy: policy.kind,
      winner: sideOf(draft.version, change.after[name] ?? null),
      loser: sideOf(holder, record.row[name] ?? null),
      ...(base && { base: base.value }),
    })
  }
  draft.remove(record)
  return NOTHING
}

/** The record was deleted here, and Postgres may not have heard of it yet. */
export function setDeletedAside(
  judged: Case,
  record: StoredRecord,
  deleted: Version,
  earlier: External | undefined,
): Outcome {
  const { draft, collection } = judged
  if (earlier?.lostTo !== undefined) return lose(judged, isSeenLife(judged, record) ? deleted : record.birth)
  if (isKnown(judged, deleted)) return NOTHING
  if (!isSeenLife(judged, record)) return lose(judged, record.birth)
  if (collection.deletes === 'win') return lose(judged, deleted)
  draft.put({ ...record, deleted: draft.version })
  draft.conflicts.push({
    ...aboutRecord(judged),
    winner: sideOf(draft.version, { ...record.row }),
    loser: sideOf(deleted, null),
    base: { ...record.row },
  })
  return { repairs: [], replaces: true }
}
