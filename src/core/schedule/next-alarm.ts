import { BEHIND_DEADLINE_MS } from '../../protocol/limits.ts'

/** While edits wait for Postgres, the alarm looks at them at least this often, in ms. */
export const OUTBOX_CHECK_MS = 10_000

/** A client is asked for a fresh token at most this long before the old one ends, in ms. */
export const EXPIRY_WARNING_MS = 60_000

/** And not before this share of its time is over: a token that lives for a minute is renewed once in it. */
export const RENEWED_AFTER = 0.75

/** Longest pause between two tries while Postgres is away, in ms: recovery is noticed within it. */
export const MAX_RETRY_MS = 15_000

/** First pause after a failed call, in ms; it doubles up to the longest. */
export const FIRST_RETRY_MS = 250

/**
 * External changes are polled this often while somebody is active, in ms: they are promised within
 * five seconds, and the poll itself and the way to the clients take some of them.
 */
export const ACTIVE_POLL_MS = 4_000

/** And this often while somebody is connected and nobody is active, in ms: once a minute, sixty calls an hour. */
export const IDLE_POLL_MS = 60_000

/** A client counts as active this long after its last frame, in ms. */
export const ACTIVE_MS = 120_000

/** While Postgres cannot take the log until its schema is mended, it is tried this often, in ms. */
export const PARKED_RETRY_MS = 60_000

/** What a session is waited for: seconds since 1970 for its token, milliseconds for its hello and since it reads. */
type Due = {
  readonly expiresAt: number
  /** When it is to be asked for a fresh token, in ms since 1970; undefined once it was. */
  readonly warnAt: number | undefined
  readonly helloBy: number | undefined
  readonly behindSince?: number | undefined
}

/** All that may need the object at a later time. Times are milliseconds since 1970. */
export type Agenda = {
  readonly now: number
  /** Work is waiting: edits for Postgres, a collection that is still being loaded, or the seq up to which it has it. */
  readonly pending: boolean
  /** When the first proposal is to be refused, if Postgres is not asked about it before. */
  readonly dueAt: number | undefined
  /** When the next try is due after a failed one. */
  readonly retryAt: number | undefined
  /** When others are to hear that somebody is still connected. */
  readonly renewAt: number | undefined
  readonly sessions: Iterable<Due>
  /** Set while external changes are polled by the clock. */
  readonly polls: { readonly polledAt: number; readonly activeAt: number } | undefined
}

/** The time at which the object has to be woken next, or undefined when it may sleep until somebody speaks. */
export function nextAlarm({
  now,
  pending,
  dueAt,
  retryAt,
  renewAt,
  sessions,
  polls,
}: Agenda): number | undefined {
  const times: number[] = []
  if (dueAt !== undefined) times.push(Math.max(now, dueAt))
  if (pending) times.push(retryAt ?? now + OUTBOX_CHECK_MS)
  if (renewAt !== undefined) times.push(Math.max(now, renewAt))
  for (const { expiresAt, warnAt, helloBy, behindSince } of sessions) {
    if (helloBy !== undefined) times.push(helloBy)
    if (behindSince !== undefined) times.push(behindSince + BEHIND_DEADLINE_MS)
    times.push(Math.max(now, warnAt ?? expiresAt * 1_000))
  }
  if (polls) {
    const pace = now - polls.activeAt < ACTIVE_MS ? ACTIVE_POLL_MS : IDLE_POLL_MS
    times.push(Math.max(now, retryAt ?? 0, polls.polledAt + pace))
  }
  return times.length > 0 ? Math.min(...times) : undefined
}

/**
 * The time at which a client is to be asked for a fresh token, in ms since 1970.
 *
 * @param now when the token came
 * @param expiresAt when it ends, in seconds since 1970
 */
export function warningAt(now: number, expiresAt: number): number {
  const leftMs = expiresAt * 1_000 - now
  return now + Math.max(leftMs - EXPIRY_WARNING_MS, leftMs * RENEWED_AFTER)
}

/** The wait before try number `failures` + 1, in ms. */
export function retryDelay(failures: number): number {
  return Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.max(0, failures - 1))
}
