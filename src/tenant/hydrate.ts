import { retryDelay } from '../core/alarm.ts'
import type { Attempt, RowChange } from '../core/batch.ts'
import { liveOf, rowsOf } from '../core/take-outside.ts'
import { takePartial } from '../core/take-partial.ts'
import { Turn } from '../core/turn.ts'
import { SQL_ACTOR } from '../core/version-vector.ts'
import type { Row } from '../protocol/value.ts'
import { completeSchema, missingColumns } from './change-schema.ts'
import { claim } from './claim.ts'
import { endEpoch } from './end-epoch.ts'
import { loadColumns } from './load-columns.ts'
import type { Parts } from './parts.ts'
import { tellVerdicts } from './proposals.ts'
import { publish } from './publish.ts'
import { readmitCarried } from './readmit-carried.ts'
import type { HydrationMark } from './store.ts'
import { answer } from './subscribe.ts'

/** Rows in one page: a page is one call, one transaction, and the unit that a restart repeats. */
const PAGE_ROWS = 1_000

/** Everything that Postgres held before this log began was written there. */
const BIRTH = { actor: SQL_ACTOR, n: 0, seq: 0 }

/**
 * Loads the tenant from Postgres into an object that has nothing: first the claim, then every
 * collection in pages by key, then what changed in Postgres meanwhile. Survives eviction between
 * any two calls.
 */
export class Hydration {
  readonly #parts: Parts
  #run: Promise<void> | undefined

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Loads what is missing, or waits for what is under way. Never throws. */
  async start(): Promise<void> {
    if (!this.#run && this.#parts.store.hydrating) {
      this.#run = this.#go().finally(() => {
        this.#run = undefined
      })
    }
    await this.#run
  }

  /** Resolves when no call is under way. */
  async idle(): Promise<void> {
    await this.#run
  }

  async #go(): Promise<void> {
    this.#parts.alarm.trying()
    try {
      if (await this.#load()) this.#release()
      else this.#parts.alarm.retryLater(retryDelay)
    } catch (thrown) {
      this.#parts.log('hydration-failed', { error: String(thrown) })
      this.#parts.alarm.retryLater(retryDelay)
    }
  }

  /** Returns whether everything is loaded. */
  async #load(): Promise<boolean> {
    const { alarm, app } = this.#parts
    if (!(await claim(this.#parts))) return false
    if (!(await loadColumns(this.#parts, (attempt) => this.#answered(attempt)))) return false
    for (const { name } of app.manifest.collections) {
      if (!(await this.#loadCollection(name))) return false
    }
    while (this.#parts.store.loading) {
      if (!(await this.#catchUp())) return false
    }
    readmitCarried(this.#parts)
    alarm.recovered()
    return true
  }

  /**
   * Reads on what changed since the cursor. The pages were read at different times, so for the
   * collections just loaded the changes are done again in their order, which ends at the state
   * after the last. Others are live already: there a change is an entry of the log.
   */
  async #catchUp(): Promise<boolean> {
    const { app, store, postgres, now } = this.#parts
    const looked = await postgres.look(store.place, store.cursor)
    if (!looked.ok && looked.failure === 'expired') {
      endEpoch(this.#parts, { is: 'diverged', message: looked.message })
      return false
    }
    const answer = this.#answered(looked)
    if (!answer) return false
    if (answer.is !== 'current') {
      endEpoch(this.#parts, answer)
      return false
    }
    store.confirmed = true
    const { outside } = answer
    const marks = store.hydration()
    const live = new Set(marks.filter(({ settled }) => settled).map(({ collection }) => collection))
    const loading = missingColumns(this.#parts)
    const turn = new Turn(store, now())
    const unsent = () => [...store.entries(store.committed), ...turn.entries]
    store.transaction(() => {
      for (const event of outside.changes) {
        for (const row of rowsOf(event)) if (!live.has(row.collection)) this.#redo(row)
        const taken = liveOf(event, live)
        if (taken) takePartial(turn, app.manifest, taken, { loading, unsent })
      }
      store.write(turn)
      store.putCursor(outside.cursor)
      if (!outside.more) {
        for (const mark of marks) store.putHydration({ ...mark, settled: true })
        completeSchema(this.#parts)
      }
    })
    publish(this.#parts, turn.entries, tellVerdicts(this.#parts, turn))
    return true
  }

  #redo({ kind, collection, id, after }: RowChange): void {
    const { store } = this.#parts
    if (kind === 'delete') {
      store.dropRecord(collection, id)
      return
    }
    const row = kind === 'insert' ? after : store.record(collection, id)?.row
    // A row that was changed and deleted before its page was read is in no page.
    if (row) store.putRecord({ collection, id, row: { ...row, ...after }, birth: BIRTH, versions: {} })
  }

  async #loadCollection(collection: string): Promise<boolean> {
    const { store, postgres } = this.#parts
    let mark = store.hydration().find((candidate) => candidate.collection === collection)
    if (!mark) {
      const total = this.#answered(await postgres.count(collection))
      if (total === undefined) return false
      mark = { collection, after: '', loaded: 0, total, done: false, settled: false }
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
    const last = rows.at(-1)?.['id']
    const next: HydrationMark = {
      ...mark,
      after: typeof last === 'string' ? last : mark.after,
      loaded: mark.loaded + rows.length,
      done: rows.length < PAGE_ROWS,
    }
    store.transaction(() => {
      for (const row of rows) {
        store.putRecord({
          collection: mark.collection,
          id: String(row['id']),
          row,
          birth: BIRTH,
          versions: {},
        })
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
