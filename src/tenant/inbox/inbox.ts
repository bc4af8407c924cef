import { groupBy } from '../../core/records/group-by.ts'
import { CLOSE, wireError } from '../../protocol/errors.ts'
import { Coalescer } from './coalesce.ts'
import { type TakingTurns, takeTurn } from './take-turn.ts'
import type { Arrival } from './undo-turn.ts'

/** The way to Postgres for what a turn came to. Never throws. */
type Upstream = { send(): Promise<void>; poll(): Promise<boolean> }

/** The means to take turns as they come, and where they go. */
type Receiving = TakingTurns & {
  readonly upstream: Upstream
  readonly endOfTurn: (run: () => void) => void
  readonly pause: (ms: number) => Promise<void>
}

/**
 * Frames and edits of one turn that keep the object from everything else for some 10 ms. A call to Postgres hands
 * 8 KB of its text on each time the event loop gets to it, so turn upon turn would keep it from getting there.
 */
export const YIELD_AFTER = 200

/** Frames and edits of one turn, beyond which no more are waited for: some 40 ms of work. */
export const MAX_TURN = 1_000

/**
 * Takes the frames that come together in one turn, so that a burst becomes one transaction, and one frame for each
 * reader.
 */
export class Inbox {
  readonly #parts: Receiving
  readonly #coalescer: Coalescer<Arrival>

  constructor(parts: Receiving) {
    this.#parts = parts
    this.#coalescer = new Coalescer({
      endOfTurn: parts.endOfTurn,
      yieldToLoop: () => parts.pause(0),
      sizeOf: ({ frame }) => 1 + (frame[0] === 'push' ? frame[2].length : 0),
      yieldAfter: YIELD_AFTER,
      maxTurn: MAX_TURN,
      take: (arrivals) => this.#take(arrivals),
    })
  }

  add(arrival: Arrival): void {
    this.#coalescer.add(arrival)
  }

  #take(arrivals: readonly Arrival[]): void {
    const again = groupBy(this.#takeTogether(arrivals), ({ session }) => session)
    // The one there is has had its try.
    for (const ofSession of again.values())
      this.#end(again.size === 1 ? ofSession : this.#takeTogether(ofSession))
  }

  /**
   * Takes frames in one turn.
   *
   * @returns those that have to be taken again, because nothing was stored: what one of them brought may be the cause
   */
  #takeTogether(arrivals: readonly Arrival[]): readonly Arrival[] {
    const { upstream, log, alarm } = this.#parts
    try {
      const taken = takeTurn(this.#parts, arrivals)
      if ('thrown' in taken) {
        log('turn-failed', { frames: arrivals.length, error: String(taken.thrown) })
        alarm.arm()
        return taken.again
      }
      if (taken.isDoubted) void upstream.poll()
      else if (taken.hasNews) void upstream.send()
    } catch (thrown) {
      // Stored it is, but not all have been told; their clients resume.
      log('turn-failed', { frames: arrivals.length, isStored: true, error: String(thrown) })
      this.#end(arrivals)
    }
    return []
  }

  /** The clients of these could not be served: they connect again, and resend. */
  #end(arrivals: readonly Arrival[]): void {
    const error = wireError('busy', 'The tenant could not take the edits; connect again.', {
      retryAfterMs: 1_000,
    })
    for (const { session } of arrivals) this.#parts.sessions.close(session, CLOSE.busy, error)
  }
}
