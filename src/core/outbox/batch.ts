import type { Row } from '../../protocol/value.ts'
import type { Revocation } from '../access/revocation.ts'
import type { ExternalChanges } from '../external/events.ts'
import type { Change, LogEntry } from '../log/log.ts'

/** The net changes of an interval of the log in one collection: each record once. */
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

/** An entry as it is sent: `changes` is what Postgres is still to be told. */
export type SentEntry = LogEntry & {
  /** What it came to in the log, for the history, where that is something else. */
  readonly told?: readonly Change[]
}

/** The interval (after, upTo] of a tenant's log on its way to Postgres. */
export type Batch = {
  readonly epoch: string
  readonly after: number
  readonly upTo: number
  /** Every edit in order, for the audit history, what is kept of each client, and one by one after a refusal. */
  readonly entries: readonly SentEntry[]
  /** The same interval, set-wise. */
  readonly net: readonly NetChanges[]
}

/** The SQLSTATE of an edit that the object has undone itself, because it depended on one that was refused. */
export const UNDONE = 'TM003'

/** A refusal of an edit, as Postgres said it. */
export type Refusal = {
  readonly seq: number
  readonly sqlState: string
  readonly constraint?: string
  readonly column?: string
  readonly message: string
}

/** The memory that Postgres has of a client, so that a lost object knows what was settled, and how. */
export type SettledClient = {
  readonly client: string
  readonly subject: string
  /** The highest n that is settled. */
  readonly n: number
  /** The edits among them that Postgres refused, newest last, with the seq they had in their epoch. */
  readonly refusals: readonly (Refusal & { readonly n: number })[]
}

/** The ledger of a tenant: how far its log is in Postgres. `cursor`: external changes from now on are after it. */
export type Ledger = {
  readonly applied: number
  readonly marks: readonly SettledClient[]
  /** Tokens that do not count any more. */
  readonly revoked: readonly Revocation[]
  readonly cursor: string
}

/** A log, the seq up to which it is known to be in Postgres, and its last. */
export type LedgerPosition = { readonly epoch: string; readonly after: number; readonly head: number }

/**
 * A log for which Postgres has no answer. `fenced`: another epoch took the tenant over, so this object
 * is stale. `diverged`: the log and the ledger are not of one history, because either was lost or put
 * back to an earlier state; what `message` says is for operators.
 */
export type LedgerConflict =
  | { readonly is: 'fenced'; readonly epoch: string }
  | { readonly is: 'diverged'; readonly message: string }

/**
 * The answer to a batch. `applied` is where the ledger stands now: at `upTo`; after a refusal at the
 * refused edit; or before `upTo`, if so many edits could not go one by one in one call. `behind`: rows
 * of the batch were changed outside in a way the object has not seen, so nothing beyond `applied` was
 * done; merge the changes and send again. Every answer carries the external changes after the cursor
 * that was sent.
 */
export type Applied =
  | {
      readonly is: 'applied' | 'behind'
      readonly applied: number
      readonly refusals: readonly Refusal[]
      readonly external: ExternalChanges
      /** What became of the proposal that was asked about; absent when it was not looked at. */
      readonly verdict?: ProposalVerdict
    }
  | LedgerConflict

/** A taken proposal is among the external changes, of this answer or of one before. */
export type ProposalVerdict = { readonly is: 'taken' } | { readonly is: 'refused'; readonly refusal: Refusal }
