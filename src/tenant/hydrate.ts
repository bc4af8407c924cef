import { newMark } from '../core/admit.ts'
import { retryDelay } from '../core/alarm.ts'
import type { Attempt } from '../core/batch.ts'
import { SQL_ACTOR } from '../core/version-vector.ts'
import type { Row } from '../protocol/value.ts'
import type { Parts } from './parts.ts'
import type { HydrationMark } from './store.ts'
import { answer } from './subscribe.ts'

/** Rows in one page: a page is one call, one transaction, and the unit that a restart repeats. */
const PAGE_ROWS = 1_000

/**
 * Loads the tenant from Postgres into an object that has nothing: first `claim`, then every
 * collection in pages by key. Survives eviction between any two pages.
 */
export class Hydration {
  readonly #parts: Parts
  #running = false

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /**
   * Claims the tenant's ledger for a new log, and takes over what earlier logs settled of each
   * client. Nobody is let in before: a client could be told that an edit is new which is not.
   *
   * @returns whether the ledger is this log's; false while Postgres does not answer
   */
  async claim(): Promise<boolean> {
    const { store, postgres } = this.#parts
    if (store.claimed) return true
    const ledger = this.#answered(await postgres.open(store.epoch))
    if (!ledger) return false
    store.transaction(() => {
      for (const { client, subject, n } of ledger.marks) {
        if (!store.mark(client)) store.putMark({ ...newMark(client, subject), last: n, acknowledged: n })
      }
      store.claim()
    })
    return true
  }

  /** Loads what is missing, unless that is under way. Never throws. */
  async start(): Promise<void> {
    if (this.#running || !this.#parts.store.hydrating) return
    this.#running = true
    try {
      if (await this.#load()) this.#release()
      else this.#parts.alarm.retryLater(retryDelay)
    } catch (thrown) {
      this.#parts.log('hydration-failed', { error: String(thrown) })
      this.#parts.alarm.retryLater(retryDelay)
    } finally {
      this.#running = false
    }
  }

  /** Returns whether everything is loaded. */
  async #load(): Promise<boolean> {
    const { alarm, app } = this.#parts
    if (!(await this.claim())) return false
    for (const { name } of app.manifest.collections) {
      if (!(await this.#loadCollection(name))) return false
    }
    alarm.recovered()
    return true
  }

  async #loadCollection(collection: string): Promise<boolean> {
    const { store, postgres } = this.#parts
    let mark = store.hydration().find((candidate) => candidate.collection === collection)
    if (!mark) {
      const total = this.#answered(await postgres.count(collection))
      if (total === undefined) return false
      mark = { collection, after: '', loaded: 0, total, done: false }
    }
    while (!mark.done) {
      const rows = this.#answered(await postgres.page(collection, mark.after, PAGE_ROWS))
      if (!rows) return false
      mark = this.#keepPage(mark, rows)
      this.#report(mark)
    }
    return true
  }

  #keepPage(mark: HydrationMark, rows: readonly Row[]): HydrationMark {
    const { store } = this.#parts
    const birth = { actor: SQL_ACTOR, n: 0, seq: 0 }
    const last = rows.at(-1)?.['id']
    const next: HydrationMark = {
      ...mark,
      after: typeof last === 'string' ? last : mark.after,
      loaded: mark.loaded + rows.length,
      done: rows.length < PAGE_ROWS,
    }
    store.transaction(() => {
      for (const row of rows) {
        store.putRecord({ collection: mark.collection, id: String(row['id']), row, birth, versions: {} })
      }
      store.putHydration(next)
    })
    return next
  }

  #report({ collection, loaded, total }: HydrationMark): void {
    for (const session of this.#parts.sessions.all()) {
      const waits = session.greeted?.waiting.some((subscription) => subscription.collection === collection)
      if (waits) session.send(['progress', { collection, done: loaded, total: Math.max(total, loaded) }])
    }
  }

  /** Everything is there: answers the subscriptions that had to wait. */
  #release(): void {
    for (const session of this.#parts.sessions.all())
      answer(this.#parts, session, session.greeted?.waiting ?? [])
  }

  #answered<Value>(attempt: Attempt<Value>): Value | undefined {
    if (attempt.ok) return attempt.value
    this.#parts.log('postgres-away', { failure: attempt.failure, message: attempt.message })
    return undefined
  }
}
