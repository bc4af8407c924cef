import type { Application } from '../../core/app/application.ts'
import { CONFLICTS } from '../../core/app/built-in.ts'
import { CONFLICT_STATES, OPEN } from '../../core/app/conflicts-collection.ts'
import { dropRecords } from '../../core/edits/drop-records.ts'
import type { Turn } from '../../core/edits/turn.ts'
import { findOver } from './find-over.ts'
import type { Store } from './store.ts'

/** The states of what can go. One that is open never does by itself. */
const CLOSED = CONFLICT_STATES.filter((state) => state !== OPEN)

/** In a turn that writes a conflict, ends those that were found long ago and are closed. */
export function pruneConflicts(
  { rows }: Store,
  { conflicts: options }: Pick<Application, 'conflicts'>,
  turn: Turn,
): void {
  if (!options || !turn.writesConflicts) return
  const over = CLOSED.flatMap((state) =>
    findOver(turn.at, options.keepMs, (before) => rows.oldConflicts(state, before)),
  )
  dropRecords(
    turn,
    // What this turn opens again, by taking back what had closed it, is not over.
    over
      .filter((id) => turn.living(CONFLICTS, id)?.['state'] !== OPEN)
      .map((id) => [[CONFLICTS, id] as const]),
  )
}
