import type { WireError } from '../../../src/protocol/errors.ts'
import type { Observable } from './observable.ts'
import type { PersistenceState } from './persistence.ts'

/** The connection as a person would be told about it. */
export type ConnectionSnapshot = {
  readonly state:
    | 'offline'
    | 'connecting'
    | 'catching-up'
    | 'live'
    | 'needs-auth'
    | 'update-required'
    | 'closed'
  /** Own edits that are not known to be in Postgres yet. */
  readonly pending: number
  /** Those of them that neither a server nor the disk has yet: they would go with the page. */
  readonly unsent?: number
  /**
   * Set while the server's way to Postgres is disturbed: edits of the tenant are accepted, and `waiting` of them
   * are not in Postgres yet. `postgres-away`: it does not answer. `parked`: somebody has to mend its schema.
   */
  readonly delayed?: {
    readonly cause: 'postgres-away' | 'parked'
    /** In milliseconds since 1970, by the server's clock. */
    readonly since: number
    readonly waiting: number
  }
  /**
   * Edits that somebody else made in this page before, and that no server has answered. They go up when the page
   * has a token of theirs again.
   */
  readonly held?: number
  /**
   * Set while the server takes no edits for now: since when, and why. They wait in their order, and it goes by itself
   * once some are taken.
   */
  readonly stalled?: { readonly since: number; readonly cause: WireError }
  /** What the disk does, of a client that has one. */
  readonly persistence?: PersistenceState
  /** When the next attempt is made, in milliseconds since 1970. */
  readonly retryAt?: number
  /** The last measured round trip, in milliseconds. */
  readonly rttMs?: number
  /** When the server last said anything, in milliseconds since 1970. */
  readonly lastSyncedAt?: number
  /**
   * Why it is not live, or will not be for long: a code, and a sentence to show. `no-network`, `no-answer`,
   * `connection-lost` and `token-failed` pass by themselves; with `signed-out` a person has to sign in.
   */
  readonly cause?: WireError
}

/** The connection, observable, and what a person can do about it. */
export type Connection = Observable<ConnectionSnapshot> & {
  /** Connects again at once: after signing in, or when a person will not wait for `retryAt`. */
  retry(): void
}
