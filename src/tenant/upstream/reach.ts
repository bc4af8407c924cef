import type { Attempt } from '../../core/outbox/postgres-port.ts'
import { PARKED_RETRY_MS, retryDelay } from '../../core/schedule/next-alarm.ts'
import type { Log } from '../../platform/log-line.ts'
import type { Alarm } from '../schedule/alarm.ts'
import type { Health } from '../sessions/health.ts'
import type { Store } from '../storage/store.ts'

/** The means to note what calls come to. */
type Noting = {
  readonly store: Store
  readonly alarm: Alarm
  readonly health: Health
  readonly log: Log
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** The reach of Postgres: whether the last call was answered, and if not, when the next may begin. */
export class Reach {
  readonly #parts: Noting
  #isGiven = false
  #parkedUntil = 0
  #parkedBy: string | undefined

  constructor(parts: Noting) {
    this.#parts = parts
  }

  /** The last call was answered. */
  get isGiven(): boolean {
    return this.#isGiven
  }

  /** Postgres cannot take the log until somebody mends something, and it is not time to try yet. */
  get isParked(): boolean {
    return this.#parts.now() < this.#parkedUntil
  }

  /** Why Postgres cannot take the log; undefined while it can. */
  get parkedBy(): string | undefined {
    return this.#parkedBy
  }

  /** Somebody says that something has changed in Postgres: it may be mended. */
  unpark(): void {
    this.#parkedUntil = 0
  }

  /** Notes what a call came to, and arms the next try. What has expired is for the caller, who has to end its log. */
  note(attempt: Attempt<unknown>): void {
    const { alarm, health, log, store, now } = this.#parts
    this.#isGiven = attempt.ok
    if (attempt.ok) {
      this.#parkedBy = undefined
      if (alarm.recovered()) log('postgres-back', { outbox: store.outbox })
      return
    }
    const { failure, message } = attempt
    if (failure === 'structural') {
      this.#parkedUntil = alarm.retryLater(() => PARKED_RETRY_MS)
      health.failed('parked')
      if (this.#parkedBy === undefined) log('drain-parked', { cause: message, outbox: store.outbox })
      this.#parkedBy = message
    }
    if (failure === 'ambiguous') {
      const retryAt = alarm.retryLater(retryDelay)
      health.failed('postgres-away')
      log('postgres-away', { failure, message, retryIn: retryAt - now(), outbox: store.outbox })
    }
  }
}
