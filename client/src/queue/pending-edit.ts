import type { Edit } from '../../../src/protocol/edit.ts'
import type { WireError } from '../../../src/protocol/errors.ts'
import { Outcome } from './outcome.ts'

/**
 * The progress of an edit. `queued` and `sent` edits have no verdict; an `accepted` one keeps its
 * payload, because a new epoch may ask for it again; `committed` and `failed` are the two ends.
 */
export type Progress =
  | { readonly is: 'queued' }
  | { readonly is: 'sent' }
  | { readonly is: 'accepted'; readonly seq: number }
  | { readonly is: 'committed'; readonly seq: number }
  | { readonly is: 'failed'; readonly error: WireError }

/** A place in a log. */
export type LogPosition = { readonly epoch: string; readonly seq: number }

/** An own edit, from its making until nobody needs it any more. Changed by the queue alone. */
export type PendingEdit = {
  /** What is sent again is what was sent before; only a new client id numbers it anew. */
  edit: Edit
  readonly outcome: Outcome
  progress: Progress
  /** Where the edit was ordered, per epoch. Rows at or past such a place include it. */
  readonly places: Map<string, number>
}

/** Says in an edit what its author had not seen; `before` are the edits of the same page that it follows. */
export type Mark = (edit: Edit, before: readonly Edit[]) => Edit

export function pendingEdit(edit: Edit): PendingEdit {
  return { edit, outcome: new Outcome(), progress: { is: 'queued' }, places: new Map() }
}

/** Do rows as of `base` already include the edit? */
export function includes(base: LogPosition, { places }: PendingEdit): boolean {
  const seq = places.get(base.epoch)
  return seq !== undefined && seq <= base.seq
}
