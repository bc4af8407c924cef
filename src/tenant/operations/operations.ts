import type { PostgresPort } from '../../core/outbox/postgres-port.ts'
import type { TidemarkApp } from '../../define/define-app.ts'
import type { Log } from '../../platform/log-line.ts'
import { CLOSE, wireError } from '../../protocol/errors.ts'
import type { Outcome } from '../../protocol/internal/tenant-answers.ts'
import type { Conversation } from '../hydration/conversation.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { Alarm } from '../schedule/alarm.ts'
import type { Health } from '../sessions/health.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Store } from '../storage/store.ts'
import type { Comparison } from '../upstream/comparison.ts'
import { exportStream } from './export.ts'

/** Milliseconds between two tries of a request. */
const PAUSE_MS = 500

/** Events by which an operator moves the object's life. */
type ClosingEvent =
  | { readonly is: 'closing'; readonly phase: 'settling' | 'emptying' }
  | { readonly is: 'settled' | 'reopened' | 'emptied' }

/** The means to do something with a whole tenant. */
export type OperatingOn = {
  readonly app: TidemarkApp
  readonly store: Store
  readonly sessions: Sessions
  readonly alarm: Alarm
  readonly health: Health
  readonly metrics: Metrics
  readonly postgres: Pick<PostgresPort, 'erase'>
  readonly conversation: Conversation
  readonly comparison: Pick<Comparison, 'begin'>
  readonly lifecycle: {
    readonly isComplete: boolean
    readonly isFenced: boolean
    readonly carries: boolean
    readonly legal: { readonly loads: boolean }
    happened(event: ClosingEvent): void
  }
  readonly log: Log
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** The acts of an operator on a whole tenant. Every request may be repeated. */
export class Operations {
  readonly #parts: OperatingOn
  readonly #patienceMs: number

  /** @param patienceMs milliseconds to wait for Postgres */
  constructor(parts: OperatingOn, patienceMs: number) {
    this.#parts = parts
    this.#patienceMs = patienceMs
  }

  /** Waits until everything that is accepted by now is in Postgres. Editing goes on. */
  async awaitDrained(): Promise<Outcome> {
    const { store, lifecycle } = this.#parts
    const { epoch, head } = store
    const settled = () =>
      !lifecycle.carries && (store.epoch === epoch ? store.committed >= head : store.outbox === 0)
    return this.#until(settled)
  }

  /** Looks into Postgres for external changes, with everything that waits for it. */
  async poll(): Promise<Outcome> {
    const loaded = await this.load()
    if (loaded.is !== 'done') return loaded
    const { conversation, store } = this.#parts
    if (await conversation.poll()) return { is: 'done', seq: store.head }
    return this.#waiting('Postgres did not answer, or a call was under way; repeat the request.')
  }

  /** Begins to compare with Postgres, range by range, as long as somebody is connected. */
  async compare(): Promise<Outcome> {
    this.#parts.comparison.begin()
    return this.poll()
  }

  /** Loads what is still only in Postgres. */
  async load(): Promise<Outcome> {
    const { lifecycle } = this.#parts
    return this.#until(() => lifecycle.isComplete)
  }

  /** The rows as they stand, as a stream; loads them first where that is needed. */
  async export(): Promise<ReadableStream<Uint8Array> | Outcome> {
    const loaded = await this.load()
    return loaded.is === 'done' ? exportStream(this.#parts) : loaded
  }

  /**
   * Empties the object once Postgres has everything. Whoever comes next begins a new epoch, loaded
   * from Postgres.
   *
   * @param force also when Postgres does not have everything: what no client still holds is lost
   */
  async forget(force: boolean): Promise<Outcome> {
    const { store, sessions, lifecycle, conversation } = this.#parts
    lifecycle.happened({ is: 'closing', phase: force ? 'emptying' : 'settling' })
    try {
      const error = wireError('busy', 'The tenant is being moved; connect again.', { retryAfterMs: 2_000 })
      for (const session of [...sessions.all()]) sessions.close(session, CLOSE.busy, error)
      if (!force) {
        const settled = await this.#until(
          () => store.outbox === 0 && store.waiting === 0 && !lifecycle.carries,
        )
        if (settled.is === 'waiting') return settled
        lifecycle.happened({ is: 'settled' })
      }
      const seq = store.head
      // Nothing may come back from Postgres into an object that was emptied.
      await conversation.idle()
      this.#wipe()
      return { is: 'done', seq }
    } finally {
      lifecycle.happened({ is: 'reopened' })
    }
  }

  /** Deletes the tenant's rows and all that is kept about it in Postgres, and empties the object. */
  async erase(): Promise<Outcome> {
    const { store, sessions, postgres, lifecycle, conversation, log } = this.#parts
    lifecycle.happened({ is: 'closing', phase: 'emptying' })
    try {
      const error = wireError('forbidden', 'The tenant was deleted.')
      for (const session of [...sessions.all()]) sessions.close(session, CLOSE.forbidden, error)
      const { head: seq } = store
      await conversation.idle()
      for (let more = true; more; ) {
        const erased = await postgres.erase()
        if (!erased.ok) {
          log('postgres-away', { failure: erased.failure, message: erased.message })
          return this.#waiting('The deletion has begun and Postgres does not answer; repeat the request.')
        }
        more = erased.value.more
      }
      this.#wipe()
      store.transaction((txn) => txn.dropRevocations())
      return { is: 'done', seq }
    } finally {
      lifecycle.happened({ is: 'reopened' })
    }
  }

  #wipe(): void {
    const { store, health, metrics, alarm, lifecycle, log } = this.#parts
    log('tenant-forgotten', { outbox: store.outbox })
    store.transaction((txn) => txn.wipe())
    lifecycle.happened({ is: 'emptied' })
    health.forget()
    metrics.beginAnew()
    alarm.arm()
  }

  async #until(holds: () => boolean): Promise<Outcome> {
    const { store, conversation, lifecycle, now } = this.#parts
    const deadline = now() + this.#patienceMs
    while (!holds()) {
      if (lifecycle.isFenced)
        return this.#waiting('Another object has claimed the tenant; only force helps here.')
      if (lifecycle.legal.loads) await conversation.hydrate()
      await conversation.send()
      if (holds()) break
      if (now() >= deadline)
        return this.#waiting('Postgres does not have everything yet; repeat the request.')
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
    return { is: 'done', seq: store.head }
  }

  #waiting(why: string): Extract<Outcome, { is: 'waiting' }> {
    const { outbox, waiting } = this.#parts.store
    return { is: 'waiting', edits: outbox + waiting, why }
  }
}
