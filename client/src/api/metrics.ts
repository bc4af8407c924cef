import type { Observable } from './observable.ts'

/** A distribution of times, in milliseconds. Quantiles are wrong by three parts in a hundred at most. */
export type Times = {
  /** How many there were. */
  readonly count: number
  /** The sum of all of them. */
  readonly sum: number
  /** The time that half of them, 99 in a hundred and all of them do not exceed; undefined while there is none. */
  readonly p50: number | undefined
  readonly p99: number | undefined
  readonly max: number | undefined
}

/** The measurements of a client since it was made. */
export type MetricsSnapshot = {
  /**
   * From the moment that the server accepted an edit of somebody else until the listeners of its rows had been called
   * here, in milliseconds. The two clocks are compared by round trips; `clockErrorMs` is by how much that can be wrong.
   */
  readonly delivery: Times
  /** From the first sending of an own edit until the server's receipt was here, in milliseconds. */
  readonly accepted: Times
  /** From the first sending of an own edit until it was known to be in Postgres, in milliseconds. */
  readonly committed: Times
  /**
   * From the loss of a live connection, or the return of the network after it, until the client was live again, in
   * milliseconds.
   */
  readonly recovery: Times
  /** Queries that had been live and had to be fetched anew. */
  readonly resyncs: number
  /** Bytes of all that was received. */
  readonly bytes: number
  /** Hours that the client was live, times its subscriptions: `bytes` over this is bytes per subscription-hour. */
  readonly subscriptionHours: number
  /** Half of the shortest recent round trip, in milliseconds; undefined before the first. */
  readonly clockErrorMs: number | undefined
}

/**
 * The metrics of a client, as it measures its own connection. The snapshot is another one after whatever arrives; listeners are told
 * when a report goes up, every 10 s at most.
 */
export type ClientMetrics = Observable<MetricsSnapshot>
