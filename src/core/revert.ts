import type { WireError } from '../protocol/errors.ts'
import type { Row, Value } from '../protocol/value.ts'
import { Draft, type ReadRecord } from './draft.ts'
import type { Change, LogEntry } from './log.ts'
import type { StoredRecord } from './record.ts'
import type { Version } from './version-vector.ts'

/** The actor of log entries that undo a refused edit; their n is the seq they undo. */
export const REVERT_ACTOR = 'object'

/**
 * Undoes one accepted edit that Postgres refused: every field it touched goes back to the value
 * before it, with all later edits of that field applied again. Later edits stay and are judged
 * by Postgres on their own.
 *
 * Of an outside change only what was to be written because of it is undone: Postgres has the rest,
 * and is the truth.
 *
 * @param refused the edit to undo
 * @param later every entry of the log after it
 * @param seq the place of the revert itself
 * @param at milliseconds since 1970, for people
 */
export function revertEdit(
  refused: LogEntry,
  later: readonly LogEntry[],
  error: WireError,
  seq: number,
  at: number,
  read: ReadRecord,
): { entry: LogEntry; records: StoredRecord[] } {
  const draft = new Draft({ actor: REVERT_ACTOR, n: refused.seq, seq }, read)
  // Last change first: a record an edit made and then counted on goes as it came.
  const undone = refused.outside ? (refused.repairs ?? []) : refused.changes
  for (const change of undone.toReversed()) undo(draft, change, refused.seq, later)
  const entry: LogEntry = {
    seq,
    actor: REVERT_ACTOR,
    n: refused.seq,
    subject: refused.subject,
    at,
    changes: draft.changes(),
    reverts: { seq: refused.seq, error },
  }
  return { entry, records: draft.records() }
}

function undo(draft: Draft, change: Change, refusedSeq: number, later: readonly LogEntry[]): void {
  const record = draft.record(change.collection, change.id)
  if (!record) return
  const since = later
    .flatMap((entry) => [...entry.changes, ...keptOut(entry)])
    .filter((candidate) => candidate.collection === change.collection && candidate.id === change.id)
  switch (change.kind) {
    case 'insert':
      // A later insert began another life. Where a later delete ended this one, the tombstone becomes the
      // revert's: refused in its turn, that delete has nothing to bring back.
      if (!since.some(beginsLife)) draft.put({ ...record, deleted: draft.version })
      return
    case 'delete':
      if (record.deleted?.seq === refusedSeq && !since.some(beginsLife)) {
        draft.put(alive(record, change.before, draft.version))
      }
      return
    case 'update':
      if (record.deleted || since.some(endsLife)) return
      for (const [column, before] of Object.entries(change.before)) {
        draft.write(
          draft.record(change.collection, change.id) ?? record,
          column,
          replay(before, column, since),
        )
      }
  }
}

/** What an outside change would have done, had the current value not stood against it: Postgres holds it. */
function keptOut({ outside, repairs = [] }: LogEntry): Change[] {
  if (!outside || outside.replaces) return []
  return repairs.flatMap((repair) => (repair.kind === 'update' ? { ...repair, after: repair.before } : []))
}

function beginsLife(change: Change): boolean {
  return change.kind === 'insert'
}

function endsLife(change: Change): boolean {
  return change.kind !== 'update'
}

function alive(record: StoredRecord, row: Row, version: Version): StoredRecord {
  const { deleted: _, ...rest } = record
  return { ...rest, row, birth: version, versions: {} }
}

/** The value a field has when the later edits meet `before` instead of what they met. */
function replay(before: Value, column: string, since: readonly Change[]): Value {
  let value = before
  for (const change of since) {
    if (change.kind !== 'update') continue
    const after = change.after[column]
    if (after === undefined) continue
    const delta = change.adds?.[column]
    value = delta !== undefined && typeof value === 'number' ? value + delta : after
  }
  return value
}
