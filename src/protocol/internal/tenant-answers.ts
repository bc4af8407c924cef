import type { Delayed } from '../down/health.ts'
import type { WireError } from '../errors.ts'

/** The answer to a read over HTTP. `version` names what was read: equal versions mean equal answers. */
export type ReadAnswer =
  /** `text` is JSON: columns, rows in them, and the seq as of which they are; with their cache tags, also beside it. */
  | { readonly is: 'read'; readonly version: string; readonly text: string; readonly tags: readonly string[] }
  | { readonly is: 'unchanged'; readonly version: string }
  | { readonly is: 'refused'; readonly error: WireError }
  | TooOften
  | { readonly is: 'loading' }

/** The answer to whoever has asked for more than one person may have at a time. */
export type TooOften = { readonly is: 'too-often'; readonly error: WireError }

/** The answer to a question about the past, as JSON. */
export type HistoryAnswer =
  | { readonly is: 'told'; readonly text: string }
  | { readonly is: 'refused'; readonly error: WireError }
  | TooOften
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
  /**
   * How its object stands, as the lifecycle names it. `unfounded`: Postgres has rows of the tenant, and nobody has
   * opened it since they were written, or since its object was emptied.
   */
  readonly state: 'unfounded' | 'claiming' | 'loading' | 'ready' | 'closing' | 'fenced'
  /** The name of the log; empty before the first. */
  readonly epoch: string
  /** The head of the log, and up to where Postgres has it. */
  readonly seq: number
  readonly committed: number
  /** Edits that wait for Postgres, and when the oldest of those that are accepted was. */
  readonly waiting: number
  readonly waitingSince: string | null
  /** Those of them that are Postgres first. */
  readonly proposals: number
  /** What delays them, and since when, as everybody connected was told; null while nothing does. */
  readonly delayed: { readonly cause: Delayed['cause']; readonly since: string } | null
  /** The last batch would have overwritten a change made in Postgres, which is being merged first. */
  readonly behind: boolean
  readonly sessions: number
  /** Data is being loaded from Postgres. */
  readonly loading: boolean
  /** Why nothing more of the log gets to Postgres until somebody mends something; a nudge tries again at once. */
  readonly parked: string | null
  /** Records with an open conflict. */
  readonly conflicts: number
  /** Records that Postgres holds and that nobody can be shown: how many, and the first thousand. */
  readonly aside: number
  readonly records: readonly UnfitRecord[]
  readonly versions: TenantVersions
}

/** The versions that meet in a tenant's object. */
type TenantVersions = {
  /** The newest protocol that it speaks, and how many sessions speak each. */
  readonly protocol: number
  readonly sessions: Readonly<Record<number, number>>
  /** The hash of the manifest that its records were made for; null before the first. */
  readonly schema: string | null
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
