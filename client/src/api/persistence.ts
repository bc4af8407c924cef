import type { WireError } from '../../../src/protocol/errors.ts'
import type { EditHandle } from './edit-handle.ts'
import type { Observable } from './observable.ts'

/**
 * The service of the disk to a client. `opening`: it is not known yet what it has. `kept`: edits and rows are on it.
 * `edits-only`: it is full, so that rows are not kept. `elsewhere`: another page of this browser has it, and this one
 * works in memory. `unavailable`: it cannot be used, and the page works in memory. `lost`: it was emptied from
 * outside; what was left elsewhere is kept again.
 */
export type PersistenceState = 'opening' | 'kept' | 'edits-only' | 'elsewhere' | 'unavailable' | 'lost'

/** One change of one record, as a person wrote it. */
export type Write = {
  readonly collection: string
  readonly record: string
  readonly kind: 'insert' | 'upsert' | 'update' | 'delete' | 'restore'
  /** The values by column. Of a counter it is `{ add }`, of a set `{ add, remove }`, of a text its patches. */
  readonly values: Readonly<Record<string, unknown>>
}

/** A write whose values may be changed before it is tried again. */
export type WriteDraft = Omit<Write, 'values'> & { readonly values: Record<string, unknown> }

/** An edit that was refused, with all that its author wrote. */
export type RefusedEdit = {
  /** The same after a reload. */
  readonly id: string
  readonly writes: readonly Write[]
  /** Why: a stable code, and a sentence to show. */
  readonly error: WireError
  /** When it was refused, in milliseconds since 1970. */
  readonly at: number
  /** Makes the same edit again, in sight of what is there now, and takes this one off the list. */
  retry(): EditHandle
  /** The same with other values. */
  change(change: (writes: readonly WriteDraft[]) => void): EditHandle
  /** Takes it off the list. What was written is gone then. */
  discard(): void
}

/** The edits that were refused and that nobody has dealt with yet, the oldest first. */
export type Refused = Observable<{ readonly items: readonly RefusedEdit[] }>

/** The end of signing out, or the question before it. */
export type SignOut =
  /** Everything of the person is off this device. */
  | { readonly done: true }
  /** There are edits that no server has answered. Nothing was deleted; whoever signs out says what becomes of them. */
  | {
      readonly done: false
      readonly unsent: number
      /**
       * Rows go, unsent edits stay on this device, and go up when the same person signs in again. Where this page
       * has no disk it asks again.
       */
      keep(): Promise<SignOut>
      /** Waits until all of them have an answer, then takes everything off this device. */
      send(): Promise<SignOut>
      /** Takes everything off this device, unsent edits too. */
      discard(): Promise<SignOut>
    }

/** The members that a client has with `persist`. */
export type PersistMembers = {
  readonly refused: Refused
  signOut(): Promise<SignOut>
}
