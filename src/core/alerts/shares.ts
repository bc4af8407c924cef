import type { RuleName } from './rules.ts'
import { countedIn, LONG_WINDOW_MS, type Mark, SHORT_WINDOW_MS, type Totals } from './windows.ts'

/** Totals that the rules of shares are about. */
export type ShareTotals = Totals & {
  /** Deliveries that clients have measured, and those of them that took longer than `SLOW_MS`. */
  readonly delivered: number
  readonly slow: number
  /** Verdicts on edits; those that were a refusal, or were taken back; and those for want of a right. */
  readonly verdicts: number
  readonly failed: number
  readonly denied: number
  /** Queries that were fetched anew, and the hours of all live subscriptions. */
  readonly resyncs: number
  readonly subscribedHours: number
}

/** A delivery that takes longer than this, in ms, is a slow one. */
export const SLOW_MS = 2_000

/** A share says nothing of fewer than so many; so an alert is not one person's two mistakes. */
type ShareRule = {
  readonly part: keyof ShareTotals & string
  readonly of: keyof ShareTotals & string
  readonly least: number
}

/** The rules of which the figure is a share of what was counted lately. */
export const SHARES = {
  'delivery-slow': { part: 'slow', of: 'delivered', least: 100 },
  'error-rate': { part: 'failed', of: 'verdicts', least: 20 },
  'denied-requests': { part: 'denied', of: 'verdicts', least: 20 },
  'resync-rate': { part: 'resyncs', of: 'subscribedHours', least: 1 },
} as const satisfies { readonly [Name in RuleName]?: ShareRule }

export type ShareName = keyof typeof SHARES

export type Shares = { readonly [Name in ShareName]?: number }

/**
 * The shares of the last hour and of the last minutes, of each the lesser: one is above a threshold if it burns its
 * budget so fast in both windows, that is for long enough to matter, and still.
 */
export function sharesOf(marks: readonly Mark[], now: Mark): Shares {
  const shares = Object.entries(SHARES).flatMap(([name, { part, of, least }]) => {
    const inBoth = [LONG_WINDOW_MS, SHORT_WINDOW_MS].map((windowMs) => {
      const whole = countedIn(marks, now, of, windowMs)
      return whole >= least ? countedIn(marks, now, part, windowMs) / whole : undefined
    })
    const known = inBoth.filter((share) => share !== undefined)
    return known.length === inBoth.length ? [[name, Math.min(...known)]] : []
  })
  return Object.fromEntries(shares)
}
