import type { Sql } from '../../platform/platform.ts'
import { Meta } from './meta.ts'

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

/** How far each collection has been loaded. One that was never begun has no mark. */
export class HydrationMarks {
  readonly #sql: Sql
  readonly #meta: Meta
  #settled = 0

  constructor(sql: Sql) {
    this.#sql = sql
    this.#meta = new Meta(sql)
    this.reread()
  }

  /** The state of Postgres in which rows were read last, until a cursor has read it too. */
  get reached(): string | undefined {
    return this.#meta.get('reached')
  }

  putReached(at: string): void {
    this.#meta.put('reached', at)
  }

  dropReached(): void {
    this.#meta.drop('reached')
  }

  /** How many collections are settled. */
  get settled(): number {
    return this.#settled
  }

  /** Learns what is there; also after a transaction that was rolled back. */
  reread(): void {
    this.#settled = this.all().filter(({ settled }) => settled).length
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
    this.#sql.exec(
      'INSERT OR REPLACE INTO hydration (collection, after, loaded, total, done, settled) VALUES (?, ?, ?, ?, ?, ?)',
      collection,
      after,
      loaded,
      total,
      done ? 1 : 0,
      settled ? 1 : 0,
    )
    this.reread()
  }

  drop(collection: string): void {
    this.#sql.exec('DELETE FROM hydration WHERE collection = ?', collection)
    this.reread()
  }
}
