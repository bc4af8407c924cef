import type { WireError } from '../errors.ts'

/** The answer to a read over HTTP. `version` names what was read: equal versions mean equal answers. */
export type ReadAnswer =
  /** `text` is JSON: columns, rows in them, and the seq as of which they are; with their cache tags, also beside it. */
  | { readonly is: 'read'; readonly version: string; readonly text: string; readonly tags: readonly string[] }
  | { readonly is: 'unchanged'; readonly version: string }
  | { readonly is: 'refused'; readonly error: WireError }
  | { readonly is: 'loading' }

/** The answer to a question about the past, as JSON. */
export type HistoryAnswer =
  | { readonly is: 'told'; readonly text: string }
  | { readonly is: 'refused'; readonly error: WireError }
  | { readonly is: 'loading' }

/** The outcome of a request about a whole tenant. `why` is a sentence that says what to do. */
export type Outcome =
  | { readonly is: 'done'; readonly seq: number }
  | { readonly is: 'waiting'; readonly edits: number; readonly why: string }
  /** There is no such tenant. */
  | { readonly is: 'unknown'; readonly why: string }

/** The outcome of a revocation: how many sessions it has closed. */
export type Revoked = { readonly is: 'revoked'; readonly sessions: number }

/** A tenant's state, for whoever runs the service. */
export type TenantHealth = {
  readonly epoch: string
  /** The head of the log, and up to where Postgres has it. */
  readonly seq: number
  readonly committed: number
  /** Edits that are Postgres first, and wait for it. */
  readonly proposals: number
  readonly sessions: number
  /** Data is being loaded from Postgres. */
  readonly loading: boolean
  /** Why nothing more of the log gets to Postgres until somebody mends something; a nudge tries again at once. */
  readonly parked: string | null
  /** Records that Postgres holds and that nobody can be shown: how many, and the first thousand. */
  readonly aside: number
  readonly records: readonly UnfitRecord[]
}

/** A record that Postgres holds and that cannot be shown here: why, because of which column, and since when. */
type UnfitRecord = {
  readonly collection: string
  readonly id: string
  readonly reason: string
  readonly column?: string
  readonly since: string
}

/** The answer of a tenant's object that is asked to look into Postgres. */
export type PollReply =
  | 'polled'
  /** Postgres does not answer, or a call is under way: ask again. */
  | 'not-yet'
  /** No client is connected. */
  | 'nobody'
