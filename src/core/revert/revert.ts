import type { WireError } from '../../protocol/errors.ts'
import type { Value } from '../../protocol/value.ts'
import { type Application, findCollection } from '../app/application.ts'
import { mergingOf } from '../app/merging.ts'
import { Draft } from '../edits/draft.ts'
import { tellRefusal } from '../edits/notify.ts'
import type { Turn } from '../edits/turn.ts'
import type { LogEntry } from '../log/log.ts'
import { without as itemsWithout } from '../records/items.ts'
import type { StoredRecord } from '../records/record.ts'
import { sameValue } from '../records/value.ts'
import { REVERT_ACTOR } from '../records/version-vector.ts'
import { type RecordRef, replayWithout } from './replay.ts'

/** An edit that was undone, and the entry that undoes it. */
export type Reverted = { readonly edit: LogEntry; readonly seq: number; readonly error: WireError }

/**
 * Undoes one accepted edit that Postgres refused: its records come to what they would be without it.
 * Later edits stay and are judged by Postgres on their own, but for those that are no longer possible:
 * they are undone with it, as a whole. Each has an entry of the log of its own; the first says what
 * all of them changed.
 *
 * Of an external change only what was to be written because of it is undone: Postgres has the rest,
 * and is the truth.
 *
 * @param effectiveAfter the entries after a seq that stand, those of the turn included
 */
export function revertEdit(
  turn: Turn,
  application: Application,
  refusal: { readonly seq: number; readonly error: WireError },
  effectiveAfter: (after: number) => readonly LogEntry[],
): Reverted[] {
  const [refused, ...later] = effectiveAfter(refusal.seq - 1)
  if (refused?.seq !== refusal.seq) throw new Error(`the log has lost entry ${refusal.seq}`)
  const merging = mergingOf(application, turn.mergeFaults)
  const world = { application, epoch: turn.epoch, read: turn.record, merging }
  const { records, dependents } = replayWithout(refused, later, world, turn.corrections, effectiveAfter)
  const draft = new Draft({ actor: REVERT_ACTOR, n: refused.seq, seq: turn.head + 1 }, turn.record)
  for (const { ref, record } of records.values())
    restoreRecord(draft, ref, record, setColumns(application, ref))
  const undone = [{ edit: refused, error: refusal.error }, ...dependents]
  const reverted = undone.map((one, index) => ({ ...one, seq: draft.version.seq + index }))
  for (const { edit, seq, error } of reverted) {
    const first = seq === draft.version.seq
    turn.append(
      {
        seq,
        actor: REVERT_ACTOR,
        n: edit.seq,
        subject: edit.subject,
        at: turn.at,
        changes: first ? draft.changes() : [],
        reverts: { seq: edit.seq, error },
      },
      first ? draft.records() : [],
    )
  }
  for (const { edit, error } of reverted) if (!edit.external) tellRefusal(turn, application, edit, error)
  return reverted
}

/** Makes a record what it is without the edits that were undone. */
function restoreRecord(
  draft: Draft,
  { collection, id }: RecordRef,
  without: StoredRecord | undefined,
  sets: ReadonlySet<string>,
): void {
  const current = draft.record(collection, id)
  if (!current) return
  if (!without || without.deleted) {
    const { row } = without ?? current
    draft.put({ ...current, row, deleted: (without && current.deleted) ?? draft.version })
    return
  }
  const differing = Object.keys(without.row).filter(
    (name) => !sameValue(without.row[name], current.row[name]),
  )
  if (current.deleted) {
    const written = Object.fromEntries(differing.map((name) => [name, draft.version]))
    draft.put({ ...without, versions: { ...without.versions, ...written } })
    return
  }
  for (const name of differing) {
    const record = draft.record(collection, id) ?? current
    const value = without.row[name] ?? null
    draft.write(record, name, value, sets.has(name) ? { items: itemsBetween(record.row[name], value) } : {})
  }
  // An earlier record of this id is back. External changes are meant for it, without having seen the later birth.
  if (without.birth.seq !== current.birth.seq) {
    draft.write(draft.record(collection, id) ?? current, 'id', id)
  }
}

/** The columns of a record that are sets. */
function setColumns({ manifest }: Application, { collection }: RecordRef): ReadonlySet<string> {
  const columns = findCollection(manifest, collection)?.columns ?? []
  return new Set(columns.filter(({ policy }) => policy.kind === 'set').map(({ name }) => name))
}

function itemsBetween(from: Value | undefined, to: Value) {
  return { add: itemsWithout(to, from), remove: itemsWithout(from, to), outlived: [], hasSeen: () => true }
}
