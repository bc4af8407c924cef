import type { Manifest } from '../../protocol/manifest.ts'
import type { Row } from '../../protocol/value.ts'
import type { Question } from '../edits/proposal.ts'
import type { Conflict, LogEntry } from '../log/log.ts'

/** What an interval of the log does to one collection in the end: each record once. */
export type NetChanges = {
  readonly collection: string
  readonly inserts: readonly Row[]
  readonly updates: readonly NetUpdate[]
  readonly deletes: readonly string[]
}

/** Columns set to a value, and columns moved by a delta. */
export type NetUpdate = {
  readonly id: string
  readonly set: Row
  readonly add: Readonly<Record<string, number>>
}

/** The interval (after, upTo] of a tenant's log on its way to Postgres. */
export type Batch = {
  readonly epoch: string
  readonly after: number
  readonly upTo: number
  /** Every edit in order, for the audit history, the clients' marks, and one by one after a refusal. */
  readonly edits: readonly LogEntry[]
  /** The same interval, set-wise. */
  readonly net: readonly NetChanges[]
}

/** The SQLSTATE of an edit that the object has undone itself, because it depended on one that was refused. */
export const UNDONE = 'TM003'

/** Why Postgres refused an edit, as it said it. */
export type Refusal = {
  readonly seq: number
  readonly sqlState: string
  readonly constraint?: string
  readonly column?: string
  readonly message: string
}

/** What Postgres remembers of a client, so that a lost object knows what was settled, and how. */
export type SettledMark = {
  readonly client: string
  readonly subject: string
  /** The highest n that is settled. */
  readonly n: number
  /** The edits among them that Postgres refused, newest last, with the seq they had in their epoch. */
  readonly refusals: readonly (Refusal & { readonly n: number })[]
}

/** A changed row. Names are the collection's and the columns', values in the forms of `core/validate.ts`. */
export type RowChange = {
  readonly kind: 'insert' | 'update' | 'delete'
  readonly collection: string
  readonly id: string
  /** The changed columns before; the whole row of a delete; empty for an insert. */
  readonly before: Row
  /** The changed columns after; the whole row of an insert; empty for a delete. */
  readonly after: Row
}

/** A record that Postgres holds and that cannot be one here, and why, in words. */
export type Unfit = {
  readonly id: string
  readonly reason: string
  /** The column of the value that is at fault, if it is one. */
  readonly column?: string
}

type Sight = {
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
type AsideChange = Omit<RowChange, 'kind'> & Omit<Unfit, 'id'> & { readonly kind: 'aside' }

/** What somebody else did to a row, as far as a record can show it. */
export type RowEvent = RowChange | AsideChange

/** A change of one row that somebody else made in Postgres: another program, a cascade, a trigger. */
export type OutsideChange = RowEvent & Sight

/** A proposal that Postgres has taken; `by` is its subject. */
export type TakenProposal = Sight & {
  readonly kind: 'proposal'
  readonly client: string
  readonly n: number
  readonly changes: readonly RowChange[]
  readonly conflicts: readonly Conflict[]
}

/** What Postgres has before the log, as one entry of it. */
export type OutsideEvent = OutsideChange | TakenProposal

/**
 * Outside changes in row order, after a cursor. The cursor is opaque: it names the database snapshot
 * of the read. `more`: ask again at once, with the new cursor.
 */
export type OutsideChanges = {
  readonly cursor: string
  readonly changes: readonly OutsideEvent[]
  readonly more: boolean
}

/**
 * Rows of a table by rising id. `more`: there may be others after `last`, the last id that was read. `at`: the
 * state they were read in, opaque as a cursor is.
 */
export type TablePage = {
  readonly rows: readonly Row[]
  /** Rows among them that cannot be records. */
  readonly unfit: readonly Unfit[]
  readonly last: string | undefined
  readonly more: boolean
  readonly at: string
}

/**
 * Which rows a page is to have: after an id ('' for the first), and no more than `limit`. `reached`: the state
 * of the page before, of whichever table; if Postgres was put back behind it, it is this page's state too.
 */
export type PageRange = {
  readonly after: string
  readonly limit: number
  readonly reached?: string | undefined
}

/** How far a tenant's log is in Postgres. `cursor`: outside changes from now on are after it. */
export type Ledger = {
  readonly applied: number
  readonly marks: readonly SettledMark[]
  readonly cursor: string
}

/** A log, the seq up to which it is known to be in Postgres, and its last. */
export type Place = { readonly epoch: string; readonly after: number; readonly head: number }

/**
 * Why Postgres has no answer for a log. `fenced`: another epoch took the tenant over, so this object
 * is stale. `diverged`: the log and the ledger are not of one history, because either was lost or put
 * back to an earlier state; what `message` says is for operators.
 */
export type Misfit =
  | { readonly is: 'fenced'; readonly epoch: string }
  | { readonly is: 'diverged'; readonly message: string }

/**
 * The answer to a batch. `applied` is where the ledger stands now: at `upTo`; after a refusal at the
 * refused edit; or before `upTo`, if so many edits could not go one by one in one call. `behind`: rows of the batch were changed outside in a way the object has not
 * seen, so nothing beyond `applied` was done; merge the changes and send again. Every answer
 * carries the outside changes after the cursor that was sent.
 */
export type Applied =
  | {
      readonly is: 'applied' | 'behind'
      readonly applied: number
      readonly refusals: readonly Refusal[]
      readonly outside: OutsideChanges
      /** What became of the proposal that was asked about; absent when it was not looked at. */
      readonly verdict?: ProposalVerdict
    }
  | Misfit

/** The answer to a look for outside changes. */
export type Looked = { readonly is: 'current'; readonly outside: OutsideChanges } | Misfit

/** The rows of a collection with ids in (after, upTo], in byte order; without `upTo` to the end. */
export type KeyRange = {
  readonly collection: string
  readonly after: string
  readonly upTo: string | undefined
  /** Rows at most; the answer says where the range ended. */
  readonly limit: number
  /** Whether the rows are wanted, or their digest. */
  readonly whole: boolean
  /** Only these, in the range of all. */
  readonly ids?: readonly string[]
}

/** What Postgres holds in a range, and where the ledger and the cursor stand at that very moment. */
export type ComparedRange = {
  readonly applied: number
  readonly outside: OutsideChanges
  /** Where the range ends, which may be before the end that was asked for. */
  readonly upTo: string | undefined
} & (
  | {
      /** SHA-256 of the rows' texts (`core/compare.ts`), in hexadecimal digits. */
      readonly digest: string
    }
  | { readonly rows: readonly Row[]; readonly unfit: readonly Unfit[] }
)

/** A taken proposal is among the outside changes, of this answer or of one before. */
export type ProposalVerdict = { readonly is: 'taken' } | { readonly is: 'refused'; readonly refusal: Refusal }

/**
 * What a call to Postgres came to. `ambiguous`: no answer, so it may or may not have taken effect.
 * `structural`: Postgres cannot do this at all until somebody changes the schema. `expired`: the
 * cursor does not fit the outside changes that are kept, so everything has to be loaded anew.
 */
export type Attempt<Value> =
  | { readonly ok: true; readonly value: Value }
  | {
      readonly ok: false
      readonly failure: 'ambiguous' | 'structural' | 'expired'
      readonly message: string
    }

/** Postgres as the tenant object uses it. Never throws; every call ends within its deadline. */
export interface PostgresPort {
  /** Claims the tenant for `epoch`, fencing any other, and returns what was settled before. */
  open(epoch: string): Promise<Attempt<Ledger>>
  /** Applies a batch exactly once: sent again, it answers as the first time. */
  apply(batch: Batch, cursor: string): Promise<Attempt<Applied>>
  /**
   * Applies a batch, which may be empty, and if it passes whole settles one proposal in the same
   * transaction. Asked again, also with another question, it answers as it first settled the proposal.
   */
  propose(batch: Batch, question: Question, cursor: string): Promise<Attempt<Applied>>
  /**
   * Outside changes after a cursor, for the log that stands at `place`.
   *
   * @param reached the state of the last page that was read: fails as an expired cursor does if Postgres was
   * put back behind it
   */
  look(place: Place, cursor: string, reached?: string): Promise<Attempt<Looked>>
  /** Rows in a collection. */
  count(collection: string): Promise<Attempt<number>>
  /** The next rows by rising id: at most `limit`, fewer when they are large. */
  page(collection: string, range: PageRange): Promise<Attempt<TablePage>>
  /** A range of rows or their digest, and a look at the same moment. */
  range(range: KeyRange, place: Place, cursor: string): Promise<Attempt<ComparedRange | Misfit>>
  /** Whether there is anything of a tenant: its ledger, or a row. */
  knows(tenant: string): Promise<Attempt<boolean>>
  /** Deletes a part of the tenant's rows and of all that is kept about it. `more`: ask again. */
  erase(): Promise<Attempt<{ readonly more: boolean }>>
  /** The same rows with their id and these columns only. */
  columns(collection: string, columns: readonly string[], range: PageRange): Promise<Attempt<TablePage>>
  /** Tells which manifest is served, for who prepares the next deploy. */
  serve(manifest: Manifest): Promise<Attempt<unknown>>
}
