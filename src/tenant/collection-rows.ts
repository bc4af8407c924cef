import type { Version } from '../core/version-vector.ts'
import type { Row } from '../protocol/value.ts'

/** Characters of one JSON text of rows; SQLite's limit here is 2 MB a value. */
const MAX_TEXT = 500_000

/** The records of a collection, many at a time. */
export class CollectionRows {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** How many live. */
  count(collection: string): number {
    return this.#sql
      .exec<{ rows: number }>(
        'SELECT count(*) AS rows FROM record WHERE collection = ? AND deleted_seq IS NULL',
        collection,
      )
      .one().rows
  }

  /** The living ones by id, each with the length of its JSON text in characters. */
  *living(collection: string): Generator<{ row: Row; length: number }> {
    const cursor = this.#sql.exec<{ row: string }>(
      'SELECT row FROM record WHERE collection = ? AND deleted_seq IS NULL ORDER BY id',
      collection,
    )
    for (const { row } of cursor) yield { row: JSON.parse(row), length: row.length }
  }

  /** Those after an id, in the order of their ids; `row` is null for a deleted one. */
  page(collection: string, after: string, limit: number): { id: string; row: Row | null }[] {
    return this.#sql
      .exec<{ id: string; row: string; deleted: number }>(
        `SELECT id, row, deleted_seq IS NOT NULL AS deleted FROM record
           WHERE collection = ? AND id > ? ORDER BY id LIMIT ?`,
        collection,
        after,
        limit,
      )
      .toArray()
      .map(({ id, row, deleted }) => ({ id, row: deleted === 1 ? null : JSON.parse(row) }))
  }

  /** Writes rows that nobody has edited here. One statement for many takes a fourth of the time. */
  put(collection: string, rows: readonly Row[], birth: Version): void {
    const text = JSON.stringify(rows)
    if (text.length > MAX_TEXT && rows.length > 1) {
      const half = rows.length >> 1
      this.put(collection, rows.slice(0, half), birth)
      this.put(collection, rows.slice(half), birth)
      return
    }
    this.#sql.exec(
      `INSERT OR REPLACE INTO record (collection, id, row, versions)
       SELECT ?, value ->> 'id', value, ? FROM json_each(?)`,
      collection,
      JSON.stringify({ birth, versions: {} }),
      text,
    )
  }
}
