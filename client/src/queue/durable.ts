import { type WireError, wireError } from '../../../src/protocol/errors.ts'

/** The part of a queue that is on disk, which a kill of the page leaves. */
export type Durable = {
  /** Edits up to here are stored, or will never be. */
  readonly saved: number
  /** Receipts up to here are stored. */
  readonly acknowledged: number
  /** No edit below is stored. */
  readonly unsettled: number
  /** The disk has failed: what is not on it never will be, and waits until what is has ended. */
  readonly failed?: true
}

/** The disk has nothing of a queue yet. */
export const NOTHING_KEPT: Durable = { saved: 0, acknowledged: 0, unsettled: 1 }

export function notPersisted(why = 'This client keeps nothing on disk.'): WireError {
  return wireError('not-saved', why)
}
