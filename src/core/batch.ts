import type { Row } from '../protocol/value.ts'
import type { LogEntry } from './log.ts'

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

/** Why Postgres refused an edit, as it said it. */
export type Refusal = {
  readonly seq: number
  readonly sqlState: string
  readonly constraint?: string
  readonly column?: string
  readonly message: string
}

/** What Postgres remembers of a client, so that a lost object knows what was settled. */
export type SettledMark = { readonly client: string; readonly subject: string; readonly n: number }

/** How far a tenant's log is in Postgres. */
export type Ledger = { readonly applied: number; readonly marks: readonly SettledMark[] }

/**
 * The answer to a batch. `applied` is where the ledger stands now: at `upTo`, or, after a refusal,
 * at the refused edit. `fenced` means that another epoch owns the tenant: this object is stale.
 */
export type Applied =
  | { readonly is: 'applied'; readonly applied: number; readonly refusals: readonly Refusal[] }
  | { readonly is: 'fenced'; readonly epoch: string; readonly applied: number }

/**
 * What a call to Postgres came to. `ambiguous`: no answer, so it may or may not have taken effect.
 * `structural`: Postgres cannot do this at all until somebody changes the schema.
 */
export type Attempt<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly failure: 'ambiguous' | 'structural'; readonly message: string }

/** Postgres as the tenant object uses it. Never throws; every call ends within its deadline. */
export interface PostgresPort {
  /** Claims the tenant for `epoch`, fencing any other, and returns what was settled before. */
  open(epoch: string): Promise<Attempt<Ledger>>
  /** Applies a batch exactly once: sent again, it answers as the first time. */
  apply(batch: Batch): Promise<Attempt<Applied>>
  /** Rows in a collection. */
  count(collection: string): Promise<Attempt<number>>
  /** The next rows by rising id, after `after` ('' for the first). */
  page(collection: string, after: string, limit: number): Promise<Attempt<readonly Row[]>>
}
