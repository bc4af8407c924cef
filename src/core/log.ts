import type { WireError } from '../protocol/errors.ts'
import type { Row } from '../protocol/value.ts'

/** What one edit did to one record. Updates list the touched columns only. */
export type Change =
  | { kind: 'insert'; collection: string; id: string; after: Row }
  | {
      kind: 'update'
      collection: string
      id: string
      before: Row
      after: Row
      /** Columns that moved by a delta: Postgres is told the delta, not the sum. */
      adds?: Readonly<Record<string, number>>
    }
  | { kind: 'delete'; collection: string; id: string; before: Row }

/** One place in the tenant's order. */
export type LogEntry = {
  readonly seq: number
  readonly actor: string
  readonly n: number
  /** Who made the edit; for the audit history. */
  readonly subject: string
  /** Milliseconds since 1970 at acceptance. For people; it decides nothing. */
  readonly at: number
  readonly changes: readonly Change[]
  /**
   * Set on an outside change, whose `changes` Postgres has already: what Postgres still has to be
   * told, where the merge came to another value than the one it holds. Usually empty.
   */
  readonly repairs?: readonly Change[]
  /** Set when this entry undoes an accepted edit that Postgres refused. */
  readonly reverts?: { readonly seq: number; readonly error: WireError }
}

/** Two values of which one lost without its author having agreed to it. */
export type Conflict = {
  readonly seq: number
  readonly collection: string
  readonly id: string
  /** Absent where a delete met an update of the whole record. */
  readonly field?: string
  readonly policy: string
  readonly winner: ConflictSide
  readonly loser: ConflictSide
}

export type ConflictSide = { readonly actor: string; readonly n: number; readonly value: Row[string] }
