import { MAX_SUBSCRIPTIONS } from '../../../src/protocol/limits.ts'
import type { Environment } from '../environment/environment.ts'
import type { AskedQuery } from './shared-query.ts'

/** Milliseconds that a loaded query goes on after somebody has left it: whoever comes back has its rows at once. */
export const KEEP_MS = 5_000

/** Queries that go on like that; of more, the one that was left first is let go. */
export const MAX_KEPT = 8

/** The queries that were left a moment ago, with how to let each go, in the order in which they were left. */
export class Keeping {
  readonly #kept = new Map<AskedQuery, () => void>()
  readonly #setTimer: Environment['setTimer']

  constructor(setTimer: Environment['setTimer']) {
    this.#setTimer = setTimer
  }

  /** Somebody is about to leave a query. */
  keep(query: AskedQuery): void {
    if (query.getSnapshot().status !== 'ready') return
    const stop = query.listen(() => {})
    this.release(query)
    const cancel = this.#setTimer(KEEP_MS, () => this.release(query))
    this.#kept.set(query, () => {
      cancel()
      stop()
    })
    this.#shrink(MAX_KEPT)
  }

  /** Lets one go that is kept; whoever listens to it keeps it from now on. */
  release(query: AskedQuery): void {
    this.#kept.get(query)?.()
    this.#kept.delete(query)
  }

  /**
   * Another query begins: those that somebody listens to come first.
   *
   * @param live how many there are, with those that are kept
   */
  makeRoom(live: number): void {
    this.#shrink(this.#kept.size - Math.max(0, live + 1 - MAX_SUBSCRIPTIONS))
  }

  /** Lets all of them go. */
  end(): void {
    this.#shrink(0)
  }

  #shrink(most: number): void {
    for (const query of this.#kept.keys()) if (this.#kept.size > most) this.release(query)
  }
}
