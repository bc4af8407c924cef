import type { Sql } from '../../platform/platform.ts'
import type { Database } from './database.ts'
import type { Meta } from './meta.ts'

/** How far a collection has been loaded from Postgres. */
export type HydrationMark = {
  collection: string
  after: string
  loaded: number
  total: number
  /** Every page is here. */
  done: boolean
  /** What changed in Postgres while the pages were read is here, too. */
  settled: boolean
}

/** The table `hydration`: how far each collection has been loaded. One that was never begun has no mark. */
export class HydrationMarks {
  readonly #sql: Sql
  readonly #write: Sql
  readonly #meta: Meta
  #settled: number | undefined
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

  /** How many collections are settled. */
  get settled(): number {
    this.#settled ??= this.all().filter(({ settled }) => settled).length
    return this.#settled
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
      .map((row) => ({ ...row, done: row.done === 1, settled: row.settled === 1 }))
  }

  put({ collection, after, loaded, total, done, settled }: HydrationMark): void {
    this.#write.exec(
      'INSERT OR REPLACE INTO hydration (collection, after, loaded, total, done, settled) VALUES (?, ?, ?, ?, ?, ?)',
      collection,
      after,
      loaded,
      total,
      done ? 1 : 0,
      settled ? 1 : 0,
    )
    this.#settled = undefined
  }

  drop(collection: string): void {
    this.#write.exec('DELETE FROM hydration WHERE collection = ?', collection)
    this.#settled = undefined
  }

  clear(): void {
    this.#write.exec('DELETE FROM hydration')
    this.#settled = undefined
  }

  begin(): void {
    this.#settledBefore = this.#settled
  }

  forget(): void {
    this.#settled = this.#settledBefore
  }
}
