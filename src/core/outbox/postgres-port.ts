import type { Manifest } from '../../protocol/manifest.ts'
import type { Row } from '../../protocol/value.ts'
import type { Revocation } from '../access/revocation.ts'
import type { Question } from '../edits/proposal.ts'
import type { ExternalChanges } from '../external/events.ts'
import type { Unfit } from '../records/aside.ts'
import type { Applied, Batch, Ledger, LedgerConflict, LedgerPosition } from './batch.ts'

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
 * A page to read: rows after an id ('' for the first), and no more than `limit`. `reached`: the state
 * of the page before, of whichever table; if Postgres was put back behind it, it is this page's state too.
 */
export type PageRange = {
  readonly after: string
  readonly limit: number
  readonly reached?: string | undefined
}

/** The answer to a poll for external changes. */
export type Polled = { readonly is: 'current'; readonly external: ExternalChanges } | LedgerConflict

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

/** A range as Postgres holds it, and where the ledger and the cursor stand at that very moment. */
export type ComparedRange = {
  readonly applied: number
  readonly external: ExternalChanges
  /** Where the range ends, which may be before the end that was asked for. */
  readonly upTo: string | undefined
} & (
  | {
      /** SHA-256 of the rows' texts (`core/external/untraced-changes.ts`), in hexadecimal digits. */
      readonly digest: string
    }
  | { readonly rows: readonly Row[]; readonly unfit: readonly Unfit[] }
)

/**
 * The outcome of a call to Postgres. `ambiguous`: no answer, so it may or may not have taken effect.
 * `structural`: Postgres cannot do this at all until somebody changes the schema. `expired`: the
 * cursor does not fit the external changes that are kept, so everything has to be loaded anew.
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
   * External changes after a cursor, for the log that stands at `place`.
   *
   * @param reached the state of the last page that was read: fails as an expired cursor does if Postgres was
   * put back behind it
   */
  poll(position: LedgerPosition, cursor: string, reached?: string): Promise<Attempt<Polled>>
  /** Rows in a collection. */
  count(collection: string): Promise<Attempt<number>>
  /** The next rows by rising id: at most `limit`, fewer when they are large. */
  page(collection: string, range: PageRange): Promise<Attempt<TablePage>>
  /** A range of rows or their digest, and a look at the same moment. */
  range(
    range: KeyRange,
    position: LedgerPosition,
    cursor: string,
  ): Promise<Attempt<ComparedRange | LedgerConflict>>
  /** Keeps revocations, which `open` tells. Twice is as once. */
  revoke(revocations: readonly Revocation[]): Promise<Attempt<unknown>>
  /** Whether there is anything of a tenant: its ledger, or a row. */
  knows(tenant: string): Promise<Attempt<boolean>>
  /** Deletes a part of the tenant's rows and of all that is kept about it. `more`: ask again. */
  erase(): Promise<Attempt<{ readonly more: boolean }>>
  /** The same rows with their id and these columns only. */
  columns(collection: string, columns: readonly string[], range: PageRange): Promise<Attempt<TablePage>>
  /** Tells which manifest is served, for who prepares the next deploy. */
  serve(manifest: Manifest): Promise<Attempt<unknown>>
}
