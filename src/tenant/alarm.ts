import { nextAlarm } from '../core/alarm.ts'
import type { Sessions } from './sessions.ts'
import type { Store } from './store.ts'

/**
 * The object's one alarm: the safety net under the drain and the loading of data, and the clock of
 * expiring tokens. An alarm that turns out to be too early is harmless, so it is only ever moved
 * forward, which spares a write per edit.
 */
export class Alarm {
  readonly #storage: DurableObjectStorage
  readonly #store: Store
  readonly #sessions: Sessions
  readonly #now: () => number
  #armedAt: number | null = null
  #failures = 0
  #retryAt: number | undefined

  constructor(storage: DurableObjectStorage, store: Store, sessions: Sessions, now: () => number) {
    this.#storage = storage
    this.#store = store
    this.#sessions = sessions
    this.#now = now
  }

  /** After a wake: learns what is armed, and arms what should be. */
  async wake(): Promise<void> {
    this.#armedAt = await this.#storage.getAlarm()
    this.arm()
  }

  /** Makes sure the object is woken in time. In a transaction, the alarm is part of it. */
  arm(): void {
    const at = nextAlarm({
      now: this.#now(),
      // Loading is for those who wait for it: with nobody connected the database may sleep.
      pending: this.#store.outbox > 0 || (this.#store.hydrating && this.#sessions.size > 0),
      retryAt: this.#retryAt,
      sessions: this.#sessions.all(),
    })
    if (at === undefined || (this.#armedAt !== null && this.#armedAt <= at)) return
    this.#armedAt = at
    void this.#storage.setAlarm(at)
  }

  /** The alarm went off, or a transaction that moved it was rolled back: none can be counted on. */
  lost(): void {
    this.#armedAt = null
  }

  /** A call to Postgres failed: the next one waits, longer each time. */
  retryLater(delayOf: (failures: number) => number): number {
    this.#failures += 1
    this.#retryAt = this.#now() + delayOf(this.#failures)
    this.arm()
    return this.#retryAt
  }

  /** Postgres answered. */
  recovered(): void {
    this.#failures = 0
    this.#retryAt = undefined
  }
}
