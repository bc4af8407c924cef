import type { WireError } from '../../../src/protocol/errors.ts'
import type { EditHandle, EditOptions } from './edit-handle.ts'
import type { Observable } from './observable.ts'

/** One of the values that met, and whose it is. */
export type ConflictSide<Value = unknown> = {
  /** Null for an empty field, and where somebody deleted the record. */
  readonly value: Value | null
  /** The subject; empty where nobody is known. */
  readonly by: string
  /** The client it was written at, or `sql` for what was written in Postgres. */
  readonly client: string
  /** It took effect. */
  readonly won: boolean
}

/** The resolution of a conflict, for one of its losing values. */
export type Resolution =
  /** The value that had won was left, or written again. */
  | 'kept'
  /** This losing value was written. */
  | 'restored'
  /** Another value was written. */
  | 'replaced'
  /** It was put aside, and nothing was written. */
  | 'dismissed'

export type ConflictState = 'open' | 'superseded' | 'resolved'

/** A value that lost without its author having agreed to it. It can be written again as long as it is kept. */
export type LosingValue<
  Field extends string | null = string | null,
  Value = unknown,
> = ConflictSide<Value> & {
  readonly id: string
  /** Null where a deletion lost. */
  readonly field: Field
  /** What its author had in sight, null for an empty field; absent where that is not known. */
  readonly base?: Value | null
  /** When the service found that it had lost, such as 2026-01-31T12:00:00.000Z. */
  readonly at: string
  readonly seq: number
  /** `superseded`: the field was written by somebody who had seen both. */
  readonly state: ConflictState
  readonly resolution: Resolution | null
  /** The subject who resolved it; null while nobody has. */
  readonly resolvedBy: string | null
  /** Writes it, by an ordinary edit, and resolves the conflict. */
  restore(options?: EditOptions): EditHandle
}

/** One conflict: all that lost in one field of one record, or lost to one deletion, as one item. */
export type ConflictItem<
  Collection extends string = string,
  Field extends string | null = string | null,
  Value = unknown,
> = {
  /** Stays the same for the field, whatever comes to lose in it. */
  readonly key: string
  /**
   * `field`: two values of a field. `delete-won`: the record was deleted, and values of its fields were lost.
   * `delete-lost`: it was to be deleted, and stayed for what somebody had written.
   */
  readonly kind: Field extends string ? 'field' : 'delete-won' | 'delete-lost'
  readonly collection: Collection
  readonly record: string
  /** Null where it is about the record as a whole. */
  readonly field: Field
  readonly policy: string
  /** The policy leaves it to a person: the newest value has not taken effect. */
  readonly asked: boolean
  /** `open` while one of its losing values is; else as the newest of them. */
  readonly state: ConflictState
  /** What the author of the newest losing value had in sight; absent where that is not known. */
  readonly base?: Value | null
  /** What the field holds now, as far as it is known. Absent where the record is about as a whole, or gone. */
  readonly current?: Value | null
  /** The record does not exist now. */
  readonly deleted: boolean
  readonly winner: ConflictSide<Value>
  /** The newest first; never empty. */
  readonly losers: readonly LosingValue<Field extends string ? Field : string | null, Value>[]
  /** What its reader has written of it; absent for somebody who looks on. */
  readonly yours?: ConflictSide<Value>
  /** What somebody else has written, or the reader on another device. */
  readonly theirs?: ConflictSide<Value>
  /** When and where the newest lost. */
  readonly at: string
  readonly seq: number
  /**
   * Resolves it by one edit: writes the chosen value where the field holds another, by the field's policy and under
   * today's rights, and says of all that is open of it that it is resolved. With a refusal nothing of it is done.
   */
  resolve(how: 'yours' | 'theirs' | { readonly value: Value }, options?: EditOptions): EditHandle
  /** Writes one of the losing values, also of a conflict that is over, and resolves the conflict. */
  restore(loser: { readonly id: string }, options?: EditOptions): EditHandle
  /** Puts it aside as it is: nothing is written. */
  dismiss(options?: EditOptions): EditHandle
}

/** The conflicts as they stand, those with the newest losing values first. */
export type ConflictsSnapshot<Item = ConflictItem> = {
  readonly items: readonly Item[]
  /** `loading` may still show items: those held from before. */
  readonly status: 'loading' | 'ready' | 'error'
  readonly error?: WireError
}

/** Conflicts that stay current while somebody listens, with the records that they are about. */
export type LiveConflicts<Item = ConflictItem> = Observable<ConflictsSnapshot<Item>> &
  AsyncIterable<ConflictsSnapshot<Item>>

/** The choice of some conflicts: those of a collection, of one record, or of one field. */
export type ConflictsAbout<Collection extends string = string, Field extends string = string> = {
  readonly collection: Collection
  readonly record?: string
  readonly field?: Field
}

/** The conflicts of whoever is signed in: those that they are a side of, or all for somebody who reviews them. */
export type Conflicts<Item = ConflictItem, About = ConflictsAbout> = {
  /** Those that wait for somebody. */
  open(about?: About): LiveConflicts<Item>
  /** Those that are over as well, as long as they are kept. */
  all(about?: About): LiveConflicts<Item>
}
