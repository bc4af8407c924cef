import type { Down } from '../../../src/protocol/down/down.ts'
import type { TextAnswer } from '../../../src/protocol/down/text.ts'
import type { ReadText } from '../../../src/protocol/up/read-text.ts'
import type { Up } from '../../../src/protocol/up/up.ts'
import type { SessionPart } from '../api/session-part.ts'
import type { TextPlace, TextPort } from '../api/types.ts'

type Follower = {
  readonly place: TextPlace
  readonly have: () => ReadText['have']
  readonly answered: (answer: TextAnswer) => void
}

/** The first version of the protocol that can say it. */
const SINCE_VERSION = 7

/** The questions of a client's editors, which share its session. */
const readsOf = new WeakMap<TextPort, TextReads>()

export function textReads(port: TextPort): TextReads {
  const known = readsOf.get(port)
  if (known) return known
  const reads = new TextReads(() => port.changed())
  readsOf.set(port, reads)
  port.join(reads)
  return reads
}

/** The questions of editors of texts. On a new connection all of them ask again: the texts may have moved. */
export class TextReads implements SessionPart {
  readonly #followers = new Map<number, Follower>()
  readonly #due = new Set<number>()
  readonly #changed: () => void
  #last = 0

  /** @param changed called when there is something to send */
  constructor(changed: () => void) {
    this.#changed = changed
  }

  /**
   * Asks for manuscripts, as `have` says at the time, whenever there is a new connection and when `ask` is called.
   * Returns how to ask, and how to stop.
   */
  follow(
    place: TextPlace,
    have: Follower['have'],
    answered: Follower['answered'],
  ): { readonly ask: () => void; readonly stop: () => void } {
    const number = ++this.#last
    const ask = () => {
      this.#due.add(number)
      this.#changed()
    }
    this.#followers.set(number, { place, have, answered })
    ask()
    return {
      ask,
      stop: () => void this.#followers.delete(number),
    }
  }

  disconnected(): void {
    for (const number of this.#followers.keys()) this.#due.add(number)
  }

  /** The questions that are due, for a server that speaks a version. */
  outgoing(version: number): Up[] {
    if (version < SINCE_VERSION) return []
    return [...this.#followers]
      .filter(([id]) => this.#due.delete(id))
      .map(([id, { place, have }]) => ['read-text', { id, ...place, have: have() }])
  }

  heard(frame: Down): void {
    if (frame[0] === 'text') this.#followers.get(frame[1])?.answered(frame[2])
  }
}
