import { saysEdit } from '../../../src/protocol/codec/earlier-words.ts'
import type { WireError } from '../../../src/protocol/errors.ts'
import type { Up } from '../../../src/protocol/up/up.ts'
import type { ConnectionSnapshot } from '../api/types.ts'
import { backoffMs } from '../connection/backoff.ts'
import type { Environment } from '../environment/environment.ts'
import type { People } from '../queue/people.ts'
import type { Refusal } from '../queue/queue.ts'

type Port = {
  /** The version that the server speaks. */
  version(): number
  send(frame: Up): void
  /** A pause is over. */
  resumed(): void
}

/** The edits' way up: all that may go goes at once, but for a pause after the server has taken none. */
export class Pushes {
  readonly #environment: Environment
  readonly #people: People
  readonly #port: Port
  /** Refusals since a push was taken last. */
  #refusals = 0
  #cancelPause: (() => void) | undefined
  #stalled: ConnectionSnapshot['stalled'] | undefined

  constructor(environment: Environment, people: People, port: Port) {
    this.#environment = environment
    this.#people = people
    this.#port = port
  }

  /** Since when the server has taken no edits, and why; after a second refusal in a row, until one is taken. */
  get stalled(): ConnectionSnapshot['stalled'] | undefined {
    return this.#stalled
  }

  /** Sends what is due. */
  flush(): void {
    if (this.#cancelPause) return
    const { queue } = this.#people.current
    const take = () => queue.take((edit) => saysEdit(this.#port.version(), edit))
    for (let edits = take(); edits.length > 0; edits = take()) {
      this.#port.send(['push', queue.told.acknowledged, edits])
    }
  }

  /**
   * A receipt came. Returns false where the server waits for an edit whose outcome it had told, so that its
   * payload is gone: no pause helps then.
   *
   * @param refusal what ended the push, if something did
   */
  answered(refusal: Refusal | undefined): boolean {
    if (!refusal) {
      this.#refusals = 0
      this.#stalled = undefined
      return true
    }
    const { from, error } = refusal
    if (error.code === 'gap' && from < this.#people.current.queue.unsettled) return false
    if (this.#cancelPause) return true
    this.#refusals++
    // A first gap says exactly what is missing, so there is nothing to wait for.
    if (error.code === 'gap' && this.#refusals === 1) return true
    this.#stall(error)
    const pauseMs = error.retryAfterMs ?? backoffMs(this.#refusals, this.#environment.random())
    this.#cancelPause = this.#environment.setTimer(pauseMs, () => {
      this.resume()
      this.#port.resumed()
    })
    return true
  }

  #stall(cause: WireError): void {
    const since = this.#stalled?.since ?? this.#environment.now()
    if (this.#refusals > 1 && this.#stalled?.cause.code !== cause.code) this.#stalled = { since, cause }
  }

  /** Waits no longer. */
  resume(): void {
    this.#cancelPause?.()
    this.#cancelPause = undefined
  }
}
