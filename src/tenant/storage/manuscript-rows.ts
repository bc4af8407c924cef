import type { Manuscript } from '../../core/records/manuscript.ts'
import type { Sql } from '../../platform/platform.ts'
import type { Database } from './database.ts'

/** Places of a manuscript's parts: whose it is, all of it up to a time, and behind that the updates since. */
const HEAD = -1
const BASE = 0

/**
 * The table `manuscript`: the manuscripts of texts that several write, in parts, so that an edit adds a few bytes.
 * Nothing is held in memory: a record has its own.
 */
export class ManuscriptRows {
  readonly #sql: Sql
  readonly #write: Sql

  constructor(database: Database) {
    this.#sql = database.sql
    this.#write = database.writer(this)
  }

  /** The manuscripts of a record, of those of its columns that have one. */
  get(collection: string, id: string, columns: readonly string[]): Record<string, Manuscript> {
    return Object.fromEntries(
      columns.flatMap((column) => {
        const manuscript = this.#read(collection, id, column)
        return manuscript ? [[column, manuscript]] : []
      }),
    )
  }

  /** Keeps a manuscript; of one that went on from what is stored, what is new. */
  put(
    [collection, id, column]: readonly [collection: string, id: string, column: string],
    stored: Manuscript | undefined,
    now: Manuscript,
  ): void {
    if (stored === now) return
    const insert = (place: number, value: string) =>
      this.#write.exec(
        'INSERT OR REPLACE INTO manuscript (collection, id, column_name, place, value) VALUES (?, ?, ?, ?, ?)',
        collection,
        id,
        column,
        place,
        value,
      )
    const { lineage, base, tail, writers } = now
    const goesOn = stored?.lineage === lineage && stored.base === base && stored.tail.length <= tail.length
    if (!goesOn) {
      this.#write.exec(
        'DELETE FROM manuscript WHERE collection = ? AND id = ? AND column_name = ?',
        collection,
        id,
        column,
      )
      insert(BASE, base)
    }
    const isSameHead = goesOn && Object.keys(stored.writers).length === Object.keys(writers).length
    if (!isSameHead) insert(HEAD, JSON.stringify({ lineage, writers }))
    const known = goesOn ? stored.tail.length : 0
    for (const [index, update] of tail.slice(known).entries()) insert(BASE + 1 + known + index, update)
  }

  /** Removes the manuscripts of a record. */
  drop(collection: string, id: string): void {
    this.#write.exec('DELETE FROM manuscript WHERE collection = ? AND id = ?', collection, id)
  }

  dropCollection(collection: string): void {
    this.#write.exec('DELETE FROM manuscript WHERE collection = ?', collection)
  }

  dropColumn(collection: string, column: string): void {
    this.#write.exec('DELETE FROM manuscript WHERE collection = ? AND column_name = ?', collection, column)
  }

  clear(): void {
    this.#write.exec('DELETE FROM manuscript')
  }

  forget(): void {
    // Nothing is held.
  }

  #read(collection: string, id: string, column: string): Manuscript | undefined {
    const [head, base, ...tail] = this.#sql
      .exec<{ value: string }>(
        'SELECT value FROM manuscript WHERE collection = ? AND id = ? AND column_name = ? ORDER BY place',
        collection,
        id,
        column,
      )
      .toArray()
      .map(({ value }) => value)
    if (head === undefined || base === undefined) return undefined
    const { lineage, writers }: Pick<Manuscript, 'lineage' | 'writers'> = JSON.parse(head)
    return { lineage, base, tail, writers }
  }
}
