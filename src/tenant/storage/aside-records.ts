import type { Aside } from '../../core/records/aside.ts'
import type { Sql } from '../../platform/platform.ts'
import type { Database } from './database.ts'

/** A record that is set aside. */
export type AsideRecord = Aside & {
  readonly collection: string
  readonly id: string
  /** Since when, in ms since 1970. */
  readonly since: number
  /** It has changed since in Postgres, and is to be read again. */
  readonly due: boolean
}

type Stored = {
  collection: string
  id: string
  reason: string
  column_name: string | null
  since: number
  due: number
}

const COLUMNS = 'collection, id, reason, column_name, since, due'

/** The table `set_aside`: the records that Postgres holds and that cannot be records here. */
export class AsideRecords {
  readonly #sql: Sql
  readonly #write: Sql
  #size: number | undefined
  #sizeBefore: number | undefined

  constructor(database: Database) {
    this.#sql = database.sql
    this.#write = database.writer(this)
  }

  /** How many there are. */
  get size(): number {
    this.#size ??= this.#sql.exec<{ size: number }>('SELECT count(*) AS size FROM set_aside').one().size
    return this.#size
  }

  get(collection: string, id: string): AsideRecord | undefined {
    // Almost always there is none, and every edit asks.
    if (this.size === 0) return undefined
    return this.#select('WHERE collection = ? AND id = ?', collection, id)[0]
  }

  /** Those of a collection, or of all, in the order of their places. */
  list(limit: number, collection?: string): AsideRecord[] {
    if (this.size === 0) return []
    const where = 'WHERE ?1 IS NULL OR collection = ?1 ORDER BY collection, id LIMIT ?2'
    return this.#select(where, collection ?? null, limit)
  }

  /** Those with ids in (after, upTo], and, where the range begins with the first, with an empty one. */
  within(collection: string, after: string, upTo: string | undefined): AsideRecord[] {
    if (this.size === 0) return []
    const where = "WHERE collection = ?1 AND (id > ?2 OR ?2 = '') AND (?3 IS NULL OR id <= ?3)"
    return this.#select(where, collection, after, upTo ?? null)
  }

  /** Those that are to be read again. */
  due(limit: number): AsideRecord[] {
    return this.size === 0 ? [] : this.#select('WHERE due = 1 ORDER BY collection, id LIMIT ?', limit)
  }

  put({ collection, id, reason, column, since, due }: AsideRecord): void {
    const size = this.get(collection, id) ? this.size : this.size + 1
    this.#write.exec(
      `INSERT OR REPLACE INTO set_aside (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)`,
      collection,
      id,
      reason,
      column ?? null,
      since,
      due ? 1 : 0,
    )
    this.#size = size
  }

  drop(collection: string, id: string): void {
    if (!this.get(collection, id)) return
    const size = this.size - 1
    this.#write.exec('DELETE FROM set_aside WHERE collection = ? AND id = ?', collection, id)
    this.#size = size
  }

  dropCollection(collection: string): void {
    this.#write.exec('DELETE FROM set_aside WHERE collection = ?', collection)
    this.#size = undefined
  }

  clear(): void {
    this.#write.exec('DELETE FROM set_aside')
    this.#size = undefined
  }

  begin(): void {
    this.#sizeBefore = this.#size
  }

  forget(): void {
    this.#size = this.#sizeBefore
  }

  #select(where: string, ...values: (string | number | null)[]): AsideRecord[] {
    return this.#sql
      .exec<Stored>(`SELECT ${COLUMNS} FROM set_aside ${where}`, ...values)
      .toArray()
      .map(({ column_name: column, due, ...record }) => ({
        ...record,
        ...(column !== null && { column }),
        due: due === 1,
      }))
  }
}
