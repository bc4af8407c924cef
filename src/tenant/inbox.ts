import { CLOSE, wireError } from '../protocol/errors.ts'
import type { Parts } from './parts.ts'
import { type Arrival, takeTurn } from './take-turn.ts'

/** Edits of one event-loop turn that are taken at once: somebody may answer what was just shown. */
const MAX_ALONE = 4

/**
 * Gathers the frames of one event-loop turn, so that a burst becomes one transaction, and one frame for each
 * reader. The end of a turn is a timer, which takes a millisecond, so an edit that comes alone is taken at once.
 */
export class Inbox {
  readonly #parts: Parts
  readonly #accepted: () => void
  #arrivals: Arrival[] = []
  /** The last turn that was gathered had more than one edit: more are on their way. */
  #isBurst = false
  /** Edits of this event-loop turn that were taken at once. */
  #alone = 0

  /** @param accepted called after a turn that has something for Postgres */
  constructor(parts: Parts, accepted: () => void) {
    this.#parts = parts
    this.#accepted = accepted
  }

  add(arrival: Arrival): void {
    const isAlone =
      !this.#isBurst && this.#alone < MAX_ALONE && this.#arrivals.length === 0 && editsOf(arrival) === 1
    this.#arrivals.push(arrival)
    if (isAlone) this.#takeAlone()
    else if (this.#arrivals.length === 1) this.#parts.endOfTurn(() => this.#takeGathered())
  }

  #takeAlone(): void {
    this.#alone += 1
    if (this.#alone === 1) this.#parts.endOfTurn(() => this.#endTurn())
    this.#take()
  }

  #endTurn(): void {
    this.#alone = 0
  }

  #takeGathered(): void {
    this.#isBurst = this.#arrivals.reduce((sum, arrival) => sum + editsOf(arrival), 0) > 1
    this.#take()
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

const editsOf = ({ frame }: Arrival) => (frame[0] === 'push' ? frame[2].length : 0)
