import type { Manifest } from '../../protocol/manifest.ts'
import { findCollection } from '../app/application.ts'
import { CONFLICTS, isBuiltIn } from '../app/built-in.ts'
import { OPEN } from '../app/conflicts-collection.ts'
import { conflictRows } from '../log/conflict-row.ts'
import type { ConflictSide } from '../log/log.ts'
import { type StoredRecord, versionOf } from '../records/record.ts'
import type { Draft } from './draft.ts'
import type { Turn } from './turn.ts'

/** The sight of somebody who has seen nothing, not even what the log began with. */
export const UNSEEN = -1

/** The author of what is drafted. */
type Author = {
  readonly subject: string
  /** The seq up to which it had seen all that was said of a field, or of a record as a whole. */
  readonly seenUpTo: (record: StoredRecord, field: string | undefined) => number
}

/**
 * Keeps what a draft's work made of conflicts, as part of the same work: what lost unseen is a record of the conflicts
 * collection from then on, and one that was open is superseded where its field is written by somebody who had seen both
 * sides. So it is stored, sent, undone and carried over as the rest of the edit is.
 */
export function keepConflicts(draft: Draft, turn: Turn, manifest: Manifest, author: Author): void {
  if (!findCollection(manifest, CONFLICTS)) return
  if (turn.keepsConflicts) closeSeen(draft, turn, author)
  const { version } = draft
  const subjectOf = ({ actor, n }: ConflictSide) =>
    actor === version.actor ? author.subject : turn.subjectOf(actor, n)
  const found = { version, epoch: turn.epoch, at: turn.at, subjectOf }
  const rows = draft.conflicts
    .filter(({ collection }) => !isBuiltIn(collection))
    .flatMap((conflict) => conflictRows(conflict, found))
  // Of what one edit lost twice in one field, the last is what its author wanted.
  for (const [id, row] of new Map(rows.map((one) => [String(one['id']), one]))) {
    // It has been found before: the edit was taken once already, in Postgres or under an earlier log.
    if (draft.record(CONFLICTS, id)) continue
    draft.put({ collection: CONFLICTS, id, row, birth: version, versions: {} })
  }
}

function closeSeen(draft: Draft, turn: Turn, { seenUpTo }: Author): void {
  for (const record of draft.touched()) {
    for (const conflict of turn.openConflicts(record.collection, record.id)) {
      const field = conflict.row['field']
      const name = typeof field === 'string' ? field : undefined
      if (!writes(draft, record, name) || seenUpTo(record, name) < conflict.birth.seq) continue
      const { row } = draft.record(CONFLICTS, conflict.id) ?? conflict
      if (row['state'] === OPEN) draft.write(conflict, 'state', 'superseded')
    }
  }
}

/** Whether a draft writes a field of a record, or begins or ends the record. */
function writes({ version }: Draft, record: StoredRecord, field: string | undefined): boolean {
  if (record.deleted === version || record.birth === version) return true
  return field !== undefined && versionOf(record, field) === version
}
