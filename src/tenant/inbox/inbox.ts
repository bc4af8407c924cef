import { CLOSE, wireError } from '../../protocol/errors.ts'
import type { Parts } from '../parts.ts'
import { Gather } from './gather.ts'
import { type Arrival, takeTurn } from './take-turn.ts'

/**
 * Frames and edits of one turn that keep the object from everything else for some 10 ms. A call to Postgres hands
 * 8 KB of its text on each time the event loop gets to it, so turn upon turn would keep it from getting there.
 */
export const MUCH = 200

/** Frames and edits of one turn, beyond which no more are waited for: some 40 ms of work. */
export const ENOUGH = 1_000

/** Takes the frames that come together in one turn, so that a burst becomes one transaction, and one frame for each reader. */
export class Inbox {
  readonly #parts: Parts
  readonly #accepted: () => void
  readonly #gather: Gather<Arrival>

  /** @param accepted called after a turn that has something for Postgres */
  constructor(parts: Parts, accepted: () => void) {
    this.#parts = parts
    this.#accepted = accepted
    this.#gather = new Gather({
      endOfTurn: parts.endOfTurn,
      rest: () => parts.pause(0),
      sizeOf: ({ frame }) => 1 + (frame[0] === 'push' ? frame[2].length : 0),
      much: MUCH,
      enough: ENOUGH,
      take: (arrivals) => this.#take(arrivals),
    })
  }

  add(arrival: Arrival): void {
    this.#gather.add(arrival)
  }

  #take(arrivals: readonly Arrival[]): void {
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
