import type { Delayed } from '../../protocol/down/health.ts'

/** An obstacle between the log and Postgres, since a time in ms since 1970. */
export type Trouble = Pick<Delayed, 'cause' | 'since'>

/**
 * Milliseconds for which Postgres may leave calls without an answer before anybody is told. A sleeping Neon
 * compute takes some of them to wake up, and a single call that fails is repeated and forgotten sooner.
 */
export const DELAYED_AFTER_MS = 3_000

/**
 * The delay that people are told of, if a trouble is worth telling. What only a person can mend is told at once.
 *
 * @param waiting edits that wait for Postgres
 * @param now in ms since 1970
 */
export function delayOf(trouble: Trouble | undefined, waiting: number, now: number): Delayed | undefined {
  if (!trouble) return undefined
  const isLasting = trouble.cause === 'parked' || now - trouble.since >= DELAYED_AFTER_MS
  return isLasting ? { ...trouble, waiting } : undefined
}

/**
 * Is there something to tell beyond what was told? While edits are made, the number that wait is told anew when
 * it has grown or shrunk by a tenth, so a burst costs few frames; below ten that is every edit.
 *
 * @param isExact whether any other number is news
 */
export function isNews(told: Delayed | undefined, delayed: Delayed | undefined, isExact: boolean): boolean {
  if (!told || !delayed) return told !== delayed
  if (told.cause !== delayed.cause) return true
  const difference = Math.abs(told.waiting - delayed.waiting)
  return isExact ? difference > 0 : difference > told.waiting / 10
}
