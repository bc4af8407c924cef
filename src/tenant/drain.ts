import { PARKED_RETRY_MS, retryDelay } from '../core/alarm.ts'
import type { Applied, Attempt, Batch, OutsideChanges } from '../core/batch.ts'
import { MAX_BATCH_EDITS, planBatch } from '../core/outbox.ts'
import { CLOSE, wireError } from '../protocol/errors.ts'
import type { Parts } from './parts.ts'
import { takeAnswer } from './take-answer.ts'

/** Ledgers that do not fit in a row, after which the ledger itself is asked. */
const MISFITS = 3

/**
 * The one conversation with Postgres: carries the log there, one batch at a time, and brings back what
 * others changed. While a call is under way the next batch gathers. The outbox is the log above the
 * committed mark, so there is nothing to lose and nothing to clean up.
 */
export class Drain {
  readonly #parts: Parts
  #running = false
  /** Somebody wants to know what changed in Postgres. */
  #wanted = false
  #fenced = false
  /** Postgres cannot take the log until somebody mends something. No try before then, in ms since 1970. */
  #parkedUntil = 0
  #parked = false
  #misfits = 0

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Another log owns the tenant in Postgres, so nothing this object takes could be stored. */
  get isFenced(): boolean {
    return this.#fenced
  }

  /** Sends what waits, unless that is under way. Never throws. */
  async start(): Promise<void> {
    const { store, now } = this.#parts
    // While data is loaded, changes are taken by the loading; it starts the drain when it is done.
    if (this.#running || this.#fenced || store.hydrating || now() < this.#parkedUntil) return
    this.#running = true
    this.#parts.alarm.trying()
    try {
      while ((store.outbox > 0 || this.#wanted) && (await this.#step())) {
        // Each step has moved the committed mark or the cursor.
      }
    } catch (thrown) {
      this.#parts.log('drain-failed', { error: String(thrown) })
      this.#parts.alarm.retryLater(retryDelay)
    } finally {
      this.#running = false
      this.#parts.alarm.arm()
    }
  }

  /**
   * Looks for outside changes: at once, or right after the call that is under way. Never throws.
   *
   * @returns whether everything that was there when it was called has been taken
   */
  async look(): Promise<boolean> {
    this.#wanted = true
    await this.start()
    return !this.#wanted
  }

  /** One call. Returns whether to go on at once. */
  async #step(): Promise<boolean> {
    const { store } = this.#parts
    this.#wanted = false
    if (store.outbox === 0) return this.#read()
    const batch = this.#plan()
    const answer = this.#answered(await this.#parts.postgres.apply(batch, store.cursor))
    if (!answer) return this.#noAnswer()
    if (answer.is === 'fenced') return this.#fence(answer.epoch)
    return this.#settle(batch, answer)
  }

  #plan(): Batch {
    const { store, app } = this.#parts
    const { epoch, committed: after } = store
    const entries = store.entries(after, MAX_BATCH_EDITS)
    return planBatch({ epoch, after, entries, corrections: store.corrections() }, [...app.tables.keys()])
  }

  async #read(): Promise<boolean> {
    const { store, postgres } = this.#parts
    const outside = this.#answered(await postgres.changes(store.cursor))
    if (!outside) return this.#noAnswer()
    this.#take({ applied: store.committed, refusals: [], outside })
    return true
  }

  #settle(batch: Batch, answer: Exclude<Applied, { is: 'fenced' }>): boolean {
    const { store } = this.#parts
    const before = store.committed
    this.#take(answer)
    const moved = store.committed > before || answer.outside.changes.length > 0 || answer.outside.more
    if (moved) return true
    throw new Error(`Postgres stands at ${answer.applied}, before ${batch.upTo}, without a reason`)
  }

  #take(answer: Parameters<typeof takeAnswer>[1] & { readonly outside: OutsideChanges }): void {
    takeAnswer(this.#parts, answer)
    this.#parts.alarm.looked()
    if (answer.outside.more) this.#wanted = true
  }

  /** The value of an answer. Without one the next try waits; undefined then. */
  #answered<Value>(attempt: Attempt<Value>): Value | undefined {
    const { alarm, log, store, now } = this.#parts
    if (attempt.ok) {
      this.#misfits = 0
      this.#parked = false
      alarm.recovered()
      return attempt.value
    }
    const { failure, message } = attempt
    if (failure === 'structural') {
      this.#parkedUntil = alarm.retryLater(() => PARKED_RETRY_MS)
      if (!this.#parked) log('drain-parked', { cause: message, outbox: store.outbox })
      this.#parked = true
      return undefined
    }
    this.#misfits = message.includes('TM010') ? this.#misfits + 1 : 0
    // No answer is no verdict: the batch may be in Postgres. The same question gets the same answer,
    // so asking again is always right.
    const retryAt = alarm.retryLater(retryDelay)
    log('postgres-away', { failure, message, retryIn: retryAt - now(), outbox: store.outbox })
    return undefined
  }

  async #noAnswer(): Promise<boolean> {
    this.#wanted = true
    if (this.#misfits >= MISFITS) await this.#compare()
    return false
  }

  /** The ledger keeps saying that it does not reach up to our batch: has Postgres forgotten something? */
  async #compare(): Promise<void> {
    const { store, postgres, alarm, log } = this.#parts
    this.#misfits = 0
    const ledger = await postgres.open(store.epoch)
    if (!ledger.ok || ledger.value.applied >= store.committed) return
    this.#parkedUntil = alarm.retryLater(() => PARKED_RETRY_MS)
    if (!this.#parked) {
      const cause = 'Postgres has lost what it had confirmed'
      log('drain-parked', { cause, applied: ledger.value.applied, committed: store.committed })
    }
    this.#parked = true
  }

  #fence(owner: string): false {
    const { store, sessions, log } = this.#parts
    this.#fenced = true
    log('fenced', { epoch: store.epoch, owner })
    const error = wireError('busy', 'The tenant moved; connect again.')
    for (const session of sessions.all()) sessions.close(session, CLOSE.reset, error)
    return false
  }
}
