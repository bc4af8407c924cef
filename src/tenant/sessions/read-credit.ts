import { MAX_UNPROVEN_READS, SEEN_EVERY, UNPROVEN_READS_PER_SECOND } from '../../protocol/limits.ts'
import { Allowances } from './allowances.ts'
import type { Session } from './session.ts'

/** A session, as far as its word is judged. */
export type Reader = Pick<Session, 'claims' | 'state' | 'read'>

/** The time, and a way to wait. */
type Clock = {
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly pause: (ms: number) => Promise<void>
}

/**
 * The belief in what clients say that they have read: all that only a reader can know is believed, and of the rest so
 * much a second of each person. What is not believed yet is believed later, without being said again.
 */
export class ReadCredit {
  readonly #clock: Clock
  readonly #unproven = new Allowances({
    size: MAX_UNPROVEN_READS,
    perSecond: UNPROVEN_READS_PER_SECOND,
  })
  /** What sessions have said and is not believed yet. */
  readonly #said = new Map<Reader, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * A client says how many characters it has read.
   *
   * @param later called when more of it is believed
   */
  said(session: Reader, characters: number, later: () => void): void {
    const isWaiting = this.#said.has(session)
    if (!this.#believe(session, characters)) return
    this.#said.set(session, characters)
    if (!isWaiting) void this.#believeLater(session, later)
  }

  async #believeLater(session: Reader, later: () => void): Promise<void> {
    for (;;) {
      const { now, pause } = this.#clock
      await pause(this.#unproven.of(session.claims.sub, now()).waitMs(SEEN_EVERY, now()))
      const said = this.#said.get(session)
      if (said === undefined || session.state.is === 'closed') break
      const isShort = this.#believe(session, said)
      later()
      if (!isShort) break
    }
    this.#said.delete(session)
  }

  /** Returns whether there is more that is not believed yet. */
  #believe(session: Reader, characters: number): boolean {
    const { now } = this.#clock
    const bucket = this.#unproven.of(session.claims.sub, now())
    return session.read(characters, (wanted) => bucket.takeUpTo(wanted, now()))
  }
}
