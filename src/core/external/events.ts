import type { Row } from '../../protocol/value.ts'
import type { Conflict } from '../log/log.ts'
import type { Unfit } from '../records/aside.ts'

/** A changed row. Names are the collection's and the columns', values in the forms of `core/records/validate.ts`. */
export type ExternalRowChange = {
  readonly kind: 'insert' | 'update' | 'delete'
  readonly collection: string
  readonly id: string
  /** The changed columns before; the whole row of a delete; empty for an insert. */
  readonly before: Row
  /** The changed columns after; the whole row of an insert; empty for a delete. */
  readonly after: Row
}

/** Where a change comes from. */
type Origin = {
  /** The ledger when the change was made: its author had seen this log up to this seq. */
  readonly epoch: string
  readonly seen: number
  /** Who made it: what the writer's session said of itself, else its database role. */
  readonly by: string
}

/**
 * A change after which Postgres holds what cannot be a record here. `before` and `after` have what can be
 * told of it: the names of the columns that it changed, the values where they fit.
 */
type AsideChange = Omit<ExternalRowChange, 'kind'> & Omit<Unfit, 'id'> & { readonly kind: 'aside' }

/** A change of a row by somebody else, as far as a record can show it. */
export type RowEvent = ExternalRowChange | AsideChange

/** A change of one row that somebody else made in Postgres: another program, a cascade, a trigger. */
export type ExternalChange = RowEvent & Origin

/** A proposal that Postgres has taken; `by` is its subject. */
export type TakenProposal = Origin & {
  readonly kind: 'proposal'
  readonly client: string
  readonly n: number
  readonly changes: readonly ExternalRowChange[]
  readonly conflicts: readonly Conflict[]
}

/** An event that Postgres has before the log, where it becomes one entry. */
export type ExternalEvent = ExternalChange | TakenProposal

/**
 * External changes in row order, after a cursor. The cursor is opaque: it names the database snapshot
 * of the read. `more`: ask again at once, with the new cursor.
 */
export type ExternalChanges = {
  readonly cursor: string
  readonly changes: readonly ExternalEvent[]
  readonly more: boolean
}
