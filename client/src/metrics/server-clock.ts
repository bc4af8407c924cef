import { nearestTime } from '../../../src/protocol/clock-mark.ts'

/** A round trip tells of the clock for so long, in ms: the clocks of two machines drift apart. */
const GOOD_FOR_MS = 10 * 60_000

type Sample = { readonly at: number; readonly offset: number; readonly error: number }

/**
 * The server's clock, as far as it can be told from here. The server has said a time between the sending of something
 * and its answer, so their difference is known up to half of the round trip; the shortest one counts. And nothing
 * arrives before it was sent, which corrects a clock that has been set or has drifted.
 */
export class ServerClock {
  #best: Sample | undefined

  /** By how much it can be wrong, in ms; undefined while nothing is known. */
  get error(): number | undefined {
    return this.#best?.error
  }

  /** The server said a time between two of ours, all in ms since 1970. */
  answered(sentAt: number, said: number, receivedAt: number): void {
    const error = Math.max(0, receivedAt - sentAt) / 2
    const best = this.#best
    const isOld = best === undefined || receivedAt - best.at > GOOD_FOR_MS
    if (isOld || error <= best.error)
      this.#best = { at: receivedAt, offset: said - (sentAt + receivedAt) / 2, error }
  }

  /** The time that a mark stands for, in ms since 1970 by the server's clock; undefined while nothing is known. */
  timeOf(mark: number, now: number): number | undefined {
    return this.#best && nearestTime(mark, now + this.#best.offset)
  }

  /** How long ago, in ms, something was that arrives now; undefined while nothing is known of the clock. */
  since(mark: number, now: number): number | undefined {
    const best = this.#best
    if (!best) return undefined
    const age = now + best.offset - nearestTime(mark, now + best.offset)
    if (age < 0) this.#best = { ...best, offset: best.offset - age }
    return Math.max(0, age)
  }
}
