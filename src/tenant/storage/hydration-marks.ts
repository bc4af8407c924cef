import type { Sql } from '../../platform/platform.ts'
import type { Database } from './database.ts'
import type { Meta } from './meta.ts'

/** The place up to which a collection has been loaded from Postgres. */
export type HydrationMark = {
  collection: string
  after: string
  loaded: number
  total: number
  /** Every page is here. */
  done: boolean
  /** What changed in Postgres while the pages were read is here, too. */
  caughtUp: boolean
}

/** The table `hydration`: how far each collection has been loaded. One that was never begun has no mark. */
export class HydrationMarks {
  readonly #sql: Sql
  readonly #write: Sql
  readonly #meta: Meta
  #caughtUp: number | undefined
  #settledBefore: number | undefined

  constructor(database: Database, meta: Meta) {
    this.#sql = database.sql
    this.#write = database.writer(this)
    this.#meta = meta
  }

  /** The state of Postgres in which rows were read last, until a cursor has read it too. */
  get reached(): string | undefined {
    return this.#meta.get('reached')
  }

  /** How many collections are caught up. */
  get caughtUp(): number {
    this.#caughtUp ??= this.all().filter(({ caughtUp: settled }) => settled).length
    return this.#caughtUp
  }

  all(): HydrationMark[] {
    return this.#sql
      .exec<{
        collection: string
        after: string
        loaded: number
        total: number
        done: number
        settled: number
      }>('SELECT collection, after, loaded, total, done, settled FROM hydration')
      .toArray()
      .map(({ settled, ...row }) => ({ ...row, done: row.done === 1, caughtUp: settled === 1 }))
  }

  put({ collection, after, loaded, total, done, caughtUp }: HydrationMark): void {
    this.#write.exec(
      'INSERT OR REPLACE INTO hydration (collection, after, loaded, total, done, settled) VALUES (?, ?, ?, ?, ?, ?)',
      collection,
      after,
      loaded,
      total,
      done ? 1 : 0,
      caughtUp ? 1 : 0,
    )
    this.#caughtUp = undefined
  }

  drop(collection: string): void {
    this.#write.exec('DELETE FROM hydration WHERE collection = ?', collection)
    this.#caughtUp = undefined
  }

  clear(): void {
    this.#write.exec('DELETE FROM hydration')
    this.#caughtUp = undefined
  }

  begin(): void {
    this.#settledBefore = this.#caughtUp
  }

  forget(): void {
    this.#caughtUp = this.#settledBefore
  }
}
