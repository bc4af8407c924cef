import { type WireError, wireError } from '../../../src/protocol/errors.ts'
import type { EditHandle } from '../api/edit-handle.ts'
import { Outcome } from '../queue/outcome.ts'

/** The refusal to undo what has changed nothing. */
export const NOTHING_DONE = wireError(
  'bad-operation',
  'The edit has changed nothing, so there is nothing to undo.',
)

/** The handle of an edit, by what becomes of it. */
export function handleOf(
  outcome: Outcome,
  numberOf: () => number | undefined,
  undo: EditHandle['undo'],
): EditHandle {
  return {
    get n() {
      return numberOf()
    },
    saved: outcome.saved,
    accepted: outcome.accepted,
    committed: outcome.committed,
    undo,
  }
}

/** An edit that is never sent, and why. */
export function refused(error: WireError): EditHandle {
  const outcome = new Outcome()
  outcome.fail(error)
  return handleOf(
    outcome,
    () => undefined,
    () => refused(NOTHING_DONE),
  )
}

/** The refusal of an edit for which nothing is known of the tenant yet. */
export const NOT_READY = 'The client has to connect once before it can take edits.'
