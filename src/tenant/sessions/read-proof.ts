import { SEEN_EVERY } from '../../protocol/limits.ts'

/** Spaces that follow a frame whose end is to be named: at most this many less one. */
const MOST_SPACES = 64

/**
 * Tells whether a client has really read what it says. It says so at the end of the first frame after each
 * `SEEN_EVERY` characters. These frames are followed by a drawn number of spaces, which change nothing in JSON: where
 * they end is known only to who has read them, since whoever has not can add up lengths, but no draws.
 */
export class ReadProof {
  readonly #draw: () => number
  /** The ends that the client is to name, and has not. */
  #due: number[] = []
  /** The last of all ends; undefined while it is not known from where the client counts. */
  #last: number | undefined

  /**
   * @param last the characters that the client is known to have named; undefined where it cannot be known
   * @param draw a whole number, which nobody foresees
   */
  constructor(last: number | undefined, draw: () => number) {
    this.#last = last
    this.#draw = draw
  }

  /**
   * A frame is about to be sent.
   *
   * @param end the characters that were sent, those of the frame included
   * @returns what is to follow it
   */
  follow(end: number): string {
    if (this.#last === undefined || end - this.#last < SEEN_EVERY) return ''
    const spaces = ' '.repeat(this.#draw() % MOST_SPACES)
    this.#last = end + spaces.length
    this.#due.push(this.#last)
    return spaces
  }

  /**
   * The client names an end.
   *
   * @param sent the characters that were sent to it
   * @returns whether it could only know it by reading
   */
  isProven(end: number, sent: number): boolean {
    if (this.#due.includes(end)) {
      this.#due = this.#due.filter((later) => later > end)
      return true
    }
    // It counts from elsewhere. Which end it names next is known again once it has named nearly all.
    this.#due = []
    this.#last = sent - end < SEEN_EVERY ? Math.min(end, sent) : undefined
    return false
  }
}
