import { CLOSE, wireError } from '../protocol/errors.ts'
import type { Parts } from './parts.ts'
import { type Arrival, takeTurn } from './take-turn.ts'

/**
 * Gathers the frames of one event-loop turn, so that they are stored together: a lone frame is not
 * delayed, and a burst becomes one transaction.
 */
export class Inbox {
  readonly #parts: Parts
  readonly #accepted: () => void
  #arrivals: Arrival[] = []

  /** @param accepted called after a turn that has something for Postgres */
  constructor(parts: Parts, accepted: () => void) {
    this.#parts = parts
    this.#accepted = accepted
  }

  add(arrival: Arrival): void {
    this.#arrivals.push(arrival)
    if (this.#arrivals.length === 1) this.#parts.endOfTurn(() => this.#take())
  }

  #take(): void {
    const arrivals = this.#arrivals
    this.#arrivals = []
    try {
      if (takeTurn(this.#parts, arrivals)) this.#accepted()
    } catch (thrown) {
      // Nothing was stored and nothing was sent. The sessions' in-memory state may be ahead of the
      // storage, so they start anew; the clients resend.
      this.#parts.log('turn-failed', { frames: arrivals.length, error: String(thrown) })
      this.#parts.alarm.lost()
      this.#parts.alarm.arm()
      const error = wireError('busy', 'The tenant could not take the edits; connect again.', {
        retryAfterMs: 1_000,
      })
      for (const { session } of arrivals) this.#parts.sessions.close(session, CLOSE.busy, error)
    }
  }
}
