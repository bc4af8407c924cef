import type { FieldOp } from '../../protocol/edit.ts'
import type { WireError } from '../../protocol/errors.ts'
import type { Row, Value } from '../../protocol/value.ts'
import type { ItemChange } from '../records/items.ts'
import { SQL_ACTOR, type Version } from '../records/version-vector.ts'

/** A change of one record by one edit. Updates list the touched columns only. */
export type Change =
  | {
      kind: 'insert'
      collection: string
      id: string
      after: Row
      /** Set where a deleted record was brought back: the row it had held. */
      revives?: Row
    }
  | {
      kind: 'update'
      collection: string
      id: string
      before: Row
      after: Row
      /** Columns that moved by a delta: Postgres is told the delta, not the sum. */
      adds?: Readonly<Record<string, number>>
      /** What came into sets and left them: done again, the edit does that. Postgres is told the whole. */
      items?: Readonly<Record<string, ItemChange>>
      /**
       * Columns whose author had something else in sight than `before`, because it wrote unseen: the value in a
       * list of one, or an empty list where it is not known.
       */
      base?: Readonly<Record<string, readonly Value[]>>
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
   * What the author did, one after the other, where `changes` do not tell: an effect followed, a deleted
   * record was brought back, a field was written twice, or something had been done already. When an
   * earlier edit is undone these are done again.
   */
  readonly steps?: readonly Change[]
  /**
   * Set on what Postgres had before the log, row by row: a change that somebody made there, or an edit
   * that was Postgres first. `changes` is what the merge made of it.
   */
  readonly external?: readonly External[]
  /**
   * Set beside `external`: what Postgres still has to be told, where the merge came to something else
   * than it holds. Usually empty. `before` is what it holds.
   */
  readonly repairs?: readonly Change[]
  /** Set when this entry undoes an accepted edit: Postgres refused it, or it depended on one that was undone. */
  readonly reverts?: { readonly seq: number; readonly error: WireError }
  /** Set in the correction of an edit that was undone before Postgres was told of it. */
  readonly undone?: WireError
}

/** A row's change as it was made in Postgres. */
export type External = {
  /** `aside`: since then Postgres holds there what cannot be a record here. */
  readonly kind: 'insert' | 'update' | 'delete' | 'aside'
  readonly collection: string
  readonly id: string
  /** The columns it changed, as Postgres held them before and holds them now. */
  readonly before: Row
  readonly after: Row
  /** Its author had seen this log up to here. */
  readonly seen: number
  /**
   * The record began, ended or was brought back by this. What earlier edits did to it and Postgres
   * has not got yet is not sent any more: the entry's `repairs` say all of it.
   */
  readonly replaces: boolean
  /** Set where it came to nothing, because the record it meant had ended at this seq. */
  readonly lostTo?: number
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
  /**
   * What the loser's author had in sight when writing: the field's value, or the values of a record. Absent where
   * that is not known, or there was none; null is an empty field.
   */
  readonly base?: Value
  /** What the field came to, where that is neither the winner's value nor the loser's. */
  readonly result?: Value
}

export type ConflictSide = {
  readonly actor: string
  readonly n: number
  readonly value: Row[string]
  /** Of an update that came to nothing: what it counted, or did to items, by field. Its value is what that came to. */
  readonly ops?: Readonly<Record<string, AddingOp>>
}

/** An operation that adds up with whatever else is done. */
export type AddingOp = { readonly add: number } | { readonly items: ItemChange }

/** An operation that does what an update did to a field: what it counted or had as items, not the value it came to. */
export function opOf(
  { adds, items }: Extract<Change, { kind: 'update' }>,
  name: string,
  after: Value,
): FieldOp {
  const delta = adds?.[name]
  if (delta !== undefined) return { add: delta }
  const change = items?.[name]
  return change ? { items: { add: [...change.add], remove: [...change.remove] } } : { set: after }
}

/** The version of what an entry writes. */
export function versionBy({ actor, n, seq, external }: LogEntry): Version {
  return { actor, n, seq, ...(external && actor !== SQL_ACTOR && { external: true }) }
}
