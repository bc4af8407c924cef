import { delayOf, isNews, type Trouble } from '../../core/schedule/delay.ts'
import type { Log } from '../../platform/log-line.ts'
import { SharedFrame } from '../../protocol/codec/shared-frame.ts'
import type { Delayed } from '../../protocol/down/health.ts'
import type { Store } from '../storage/store.ts'
import type { Sessions } from './sessions.ts'

/**
 * The health of edits on their way to Postgres: tells everybody who is connected when they are delayed. It has no
 * timer: what may change it is a call that begins, fails or is answered, a turn, and the alarm that repeats a
 * failed call. What was told is stored once per trouble, because who was told has to hear of its end from an
 * object that has slept.
 */
export class Health {
  readonly #store: Store
  readonly #sessions: Sessions
  readonly #log: Log
  readonly #now: () => number
  readonly #looked: () => void
  #trouble: Trouble | undefined
  #told: Delayed | undefined

  /** @param parts.looked is called whenever it was looked at how things are */
  constructor(parts: {
    store: Store
    sessions: Sessions
    log: Log
    now: () => number
    looked: () => void
  }) {
    this.#store = parts.store
    this.#sessions = parts.sessions
    this.#log = parts.log
    this.#now = parts.now
    this.#looked = parts.looked
    this.#told = this.#trouble = parts.store.facts.get('delayed')
  }

  /** What everybody was told, and a new session is to be told, too: it hears of the end like all others. */
  get told(): Delayed | undefined {
    return this.#told && { ...this.#told, waiting: this.#waiting }
  }

  /** A call to Postgres begins. Until it is answered there may be trouble. */
  calling(): void {
    this.#trouble ??= { cause: 'postgres-away', since: this.#now() }
  }

  /** A call came to nothing. */
  failed(cause: Delayed['cause']): void {
    this.#trouble = { cause, since: this.#trouble?.since ?? this.#now() }
    this.#look()
  }

  /** Postgres has answered, and the answer was taken. */
  answered(): void {
    this.#trouble = undefined
    this.#look()
  }

  /** Edits have come, or sessions have gone. */
  look(): void {
    this.#look()
  }

  /** Time has passed. Seldom enough for exact numbers. */
  review(): void {
    this.#look(true)
  }

  /** The object is emptied. */
  forget(): void {
    this.#trouble = this.#told = undefined
    this.#looked()
  }

  get #waiting(): number {
    return this.#store.outbox + this.#store.waiting
  }

  #look(isExact = false): void {
    this.#tell(isExact)
    this.#looked()
  }

  #tell(isExact: boolean): void {
    // With nothing to store and nobody to see it, it does not matter whether Postgres answers.
    if (this.#sessions.size === 0 && this.#waiting === 0) this.#trouble = undefined
    const delayed = delayOf(this.#trouble, this.#waiting, this.#now())
    if (!isNews(this.#told, delayed, isExact)) return
    if (delayed?.cause !== this.#told?.cause) this.#keep(delayed)
    this.#told = delayed
    const frame = new SharedFrame(['health', delayed ?? null])
    for (const session of this.#sessions.all()) if (session.greeted) session.sendShared(frame)
  }

  /** It is told where a call has failed, which may be because nothing can be stored: that is no second failure. */
  #keep(delayed: Delayed | undefined): void {
    try {
      this.#store.transaction((txn) => txn.putFact('delayed', delayed))
    } catch (thrown) {
      this.#log('health-not-kept', { error: String(thrown) })
    }
  }
}
