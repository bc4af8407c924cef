import type { Random } from '../../../dev/harness/random.ts'
import { decodeDown } from '../../../src/protocol/codec/decode-down.ts'
import { encodeUp } from '../../../src/protocol/codec/encode-up.ts'
import { BEYOND_LIMITS } from '../campaign/limit-shapes.ts'
import type { Judge } from '../judge/judge.ts'
import type { Link } from '../world/link.ts'
import type { Person } from './person.ts'

/** How often, of 1, what is asked at the limits is asked by another program, over the same link. */
const BY_A_STRANGER = 0.3

/** Higher than any number that a client comes to. */
const FIRST = 1_000_000_000

/** Asks over somebody's link for what their client would never send: a server trusts no client. */
export class Stranger {
  readonly #judge: Judge
  readonly #asked = new Set<number>()
  #last = FIRST

  constructor(judge: Judge) {
    this.#judge = judge
  }

  /** Asks for what is at a limit or beyond it: on somebody's page, or behind its back. */
  askAtLimits(person: Person, link: Link | undefined, random: Random): void {
    const isLive = person.db.connection.getSnapshot().state === 'live'
    if (isLive && random.chance(BY_A_STRANGER)) {
      if (link) this.#ask(link, random)
      return
    }
    try {
      person.askAtLimits(random)
    } catch (thrown) {
      const isTold = thrown instanceof TypeError && 'code' in thrown && thrown.code === 'bad-query'
      this.#judge.check('QRY', isTold, () => `what is no query was refused by ${thrown}`)
    }
  }

  #ask(link: Link, random: Random): void {
    const id = ++this.#last
    this.#asked.add(id)
    link.inject(encodeUp(['subscribe', { id, query: random.pick(BEYOND_LIMITS).query }], link.version))
  }

  heard(text: string, version: number): void {
    if (this.#asked.size === 0) return
    const decoded = decodeDown(text, version)
    if (!decoded.ok) return
    const { frame } = decoded
    if (frame[0] === 'view') {
      const isServed = this.#asked.has(frame[1].subscription)
      this.#judge.check('QRY', !isServed, () => `was served a query beyond a limit: ${text}`)
    }
    if (frame[0] !== 'error') return
    const { code, ref } = frame[1]
    const isAnswer = typeof ref === 'number' && this.#asked.delete(ref)
    // Said of no subscription, it would be the end of the session.
    if (!isAnswer && code !== 'bad-query') return
    const holds = isAnswer && code === 'bad-query'
    this.#judge.check('QRY', holds, () => `a query beyond a limit was refused by ${text}`)
  }
}
