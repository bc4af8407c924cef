import { CLOSE, wireError } from '../../protocol/errors.ts'
import type { Hydration } from '../hydration/hydrate.ts'
import type { Parts } from '../parts.ts'
import type { Drain } from '../upstream/drain.ts'
import { exportStream } from './export.ts'

/** What became of a request about a whole tenant. `why` is a sentence that says what to do. */
export type Outcome =
  | { readonly is: 'done'; readonly seq: number }
  | { readonly is: 'waiting'; readonly edits: number; readonly why: string }
  /** There is no such tenant. */
  | { readonly is: 'unknown'; readonly why: string }

/** Milliseconds between two tries of a request. */
const PAUSE_MS = 500

/** What an operator can do with a whole tenant. Every request may be repeated. */
export class Lifecycle {
  readonly #parts: Parts
  readonly #drain: Drain
  readonly #hydration: Hydration
  readonly #patienceMs: number

  /** @param options.patienceMs milliseconds to wait for Postgres */
  constructor(parts: Parts, options: { drain: Drain; hydration: Hydration; patienceMs: number }) {
    this.#parts = parts
    this.#drain = options.drain
    this.#hydration = options.hydration
    this.#patienceMs = options.patienceMs
  }

  /** Waits until everything that is accepted by now is in Postgres. Editing goes on. */
  async settle(): Promise<Outcome> {
    const { store } = this.#parts
    const { epoch, head } = store
    const settled = () =>
      !store.carried.any && (store.epoch === epoch ? store.committed >= head : store.outbox === 0)
    return this.#until(settled)
  }

  /** The rows as they stand, as a stream; loads them first where that is needed. */
  async export(): Promise<ReadableStream<Uint8Array> | Outcome> {
    const { store } = this.#parts
    const loaded = await this.#until(() => !store.hydrating)
    return loaded.is === 'done' ? exportStream(this.#parts) : loaded
  }

  /**
   * Empties the object once Postgres has everything. Whoever comes next begins a new epoch, loaded
   * from Postgres.
   *
   * @param force also when Postgres does not have everything: what no client still holds is lost
   */
  async forget(force: boolean): Promise<Outcome> {
    const { store, sessions } = this.#parts
    store.closing = true
    try {
      const error = wireError('busy', 'The tenant is being moved; connect again.', { retryAfterMs: 2_000 })
      for (const session of [...sessions.all()]) sessions.close(session, CLOSE.busy, error)
      if (!force) {
        const settled = await this.#until(
          () => store.outbox === 0 && store.waiting === 0 && !store.carried.any,
        )
        if (settled.is === 'waiting') return settled
      }
      const seq = store.head
      await this.#wipe()
      return { is: 'done', seq }
    } finally {
      store.closing = false
    }
  }

  /** Deletes the tenant's rows and all that is kept about it in Postgres, and empties the object. */
  async erase(): Promise<Outcome> {
    const { store, sessions, postgres, log } = this.#parts
    store.closing = true
    try {
      const error = wireError('forbidden', 'The tenant was deleted.')
      for (const session of [...sessions.all()]) sessions.close(session, CLOSE.forbidden, error)
      const { head: seq } = store
      await this.#idle()
      for (let more = true; more; ) {
        const erased = await postgres.erase()
        if (!erased.ok) {
          log('postgres-away', { failure: erased.failure, message: erased.message })
          return this.#waiting('The deletion has begun and Postgres does not answer; repeat the request.')
        }
        more = erased.value.more
      }
      await this.#wipe()
      return { is: 'done', seq }
    } finally {
      store.closing = false
    }
  }

  /** Nothing may come back from Postgres into an object that was emptied. */
  async #wipe(): Promise<void> {
    await this.#idle()
    this.#parts.log('tenant-forgotten', { outbox: this.#parts.store.outbox })
    const { store } = this.#parts
    store.transaction((txn) => txn.wipe())
    store.fenced = store.confirmed = false
    this.#parts.health.forget()
    this.#parts.alarm.arm()
  }

  async #idle(): Promise<void> {
    await this.#hydration.idle()
    await this.#drain.idle()
  }

  async #until(holds: () => boolean): Promise<Outcome> {
    const { store, now } = this.#parts
    const deadline = now() + this.#patienceMs
    while (!holds()) {
      if (store.fenced) return this.#waiting('Another object has claimed the tenant; only force helps here.')
      if (store.hydrating) await this.#hydration.start()
      await this.#drain.start()
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
