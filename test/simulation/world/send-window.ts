import { MAX_FRAME_BYTES, SEND_WINDOW } from '../../../src/protocol/limits.ts'
import type { Judge } from '../judge/judge.ts'

/** Frames that tell of records. */
export const SHOWING = /^\["(rows|page|invalidate)"/

/** What was sent over a link and is not known to have been read: bounded, however slow the client is. */
export class SendWindow {
  readonly #judge: Judge
  #sent = 0
  #seen = 0

  constructor(judge: Judge) {
    this.#judge = judge
  }

  sent(text: string): void {
    this.#sent += text.length
    if (!SHOWING.test(text)) return
    const unread = this.#sent - this.#seen
    // One frame may go out although it is larger than what is left.
    const holds = unread <= SEND_WINDOW + MAX_FRAME_BYTES
    this.#judge.check('G18', holds, () => `${unread} characters are unread`)
  }

  /** The client says how much it has read. */
  seen(text: string): void {
    const [, characters] = /^\["(?:read-ack|seen)",(\d+)\]$/.exec(text) ?? []
    if (characters !== undefined) this.#seen = Number(characters)
  }
}
