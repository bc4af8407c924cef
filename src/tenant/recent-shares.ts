import { type Shares, type ShareTotals, sharesOf } from '../core/alerts/shares.ts'
import { isMarkDue, withMark } from '../core/alerts/windows.ts'
import type { Store } from './storage/store.ts'

/** The means to know what happened lately. */
type RecentParts = {
  readonly store: Store
  /** All that was counted until now. */
  readonly counted: () => ShareTotals
  readonly now: () => number
}

/** Shares are worked out at most this often, in ms: they move slowly, and adding up costs more than an edit may. */
const EVERY_MS = 10_000

/**
 * The shares of the last hour and minutes. For them the totals of some minutes ago are stored now and then, while
 * something happens: a row every five minutes.
 */
export class RecentShares {
  readonly #parts: RecentParts
  #shares: Shares = {}
  #at = Number.NEGATIVE_INFINITY

  constructor(parts: RecentParts) {
    this.#parts = parts
  }

  get shares(): Shares {
    const { store, counted, now } = this.#parts
    const at = now()
    if (at - this.#at < EVERY_MS || store.tenant === undefined) return this.#shares
    const marks = store.facts.get('marks')
    const mark = { at, totals: counted() }
    this.#shares = sharesOf(marks, mark)
    this.#at = at
    if (isMarkDue(marks, at)) store.transaction((txn) => txn.putFact('marks', withMark(marks, mark)))
    return this.#shares
  }
}
