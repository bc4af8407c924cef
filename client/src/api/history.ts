import type { WireError } from '../../../src/protocol/errors.ts'
import type { HistoryPlace } from '../../../src/protocol/history.ts'
import type { EditHandle, EditOptions } from './edit-handle.ts'
import type { Observable } from './observable.ts'

/** A field before and after a change; null where there was no record, or is none. */
export type FieldChange<Value> = {
  readonly from: Value | null
  readonly to: Value | null
  /** Set where the field moved by a difference, as counters do. */
  readonly delta?: number
}

/** One change of a record in the past, with what its reader may see of it. */
export type HistoryItem<Row extends object> = {
  /** The log that ordered it, and its place there. Both together name an edit. */
  readonly epoch: string
  readonly seq: number
  readonly id: string
  /** `restore`: a deleted record was brought back. */
  readonly kind: 'insert' | 'update' | 'delete' | 'restore'
  /** Who made it: a person, as their token names them, or who wrote in Postgres, as they named themselves. */
  readonly author: string
  /** It was made in Postgres, past this service. */
  readonly external: boolean
  /** The client that made it and the edit's number there, as `EditHandle.n`; absent for an external one. */
  readonly client?: string
  readonly n?: number
  /** Milliseconds since 1970, by the server's clock. */
  readonly at: number
  /** It is in Postgres. As of when it was read. */
  readonly committed: boolean
  /** Why it was undone by the service, if it was. */
  readonly refused?: WireError
  readonly fields: { readonly [Column in keyof Row]?: FieldChange<Row[Column]> }
  /** Who has changed the same fields since, the latest first. Empty while it is the last word on all of them. */
  readonly changedSinceBy: readonly string[]
  /**
   * Takes back the whole edit, all that its reader may see of it, by an ordinary edit with the earlier values: it is
   * judged as any other, and what was changed since is overwritten.
   */
  undo(options?: EditOptions): EditHandle
}

/** The past of a record, the newest first, as far as it was read. */
export type HistorySnapshot<Row extends object> = {
  readonly items: readonly HistoryItem<Row>[]
  readonly status: 'loading' | 'ready' | 'error'
  readonly error?: WireError
  /** `unavailable`: Postgres, which has what is older, does not answer now. */
  readonly older: 'none' | 'more' | 'unavailable'
  /** The record does not exist now, and can be restored. */
  readonly deleted: boolean
}

/** The past of a record. It is read anew whenever the record changes while somebody listens. */
export type RecordHistory<Row extends object> = Observable<HistorySnapshot<Row>> & {
  /** Reads on where the last page ended, or tries again what failed. */
  more(): void
}

/** A place in a tenant's history: a seq of the log that there is now, or of another one with its name. */
export type PastPlace = number | HistoryPlace

/** The record as it was; null where there was none. */
export type AsOfResult<Row extends object> =
  | { readonly ok: true; readonly row: Readonly<Row> | null }
  | { readonly ok: false; readonly error: WireError }

/** An edit that is to be taken back, as an item of the history names it. */
export type Undoable = HistoryPlace & { readonly refused?: WireError | undefined }
