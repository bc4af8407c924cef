import { matches } from '../../core/query/filter.ts'
import type { View } from '../../core/query/view.ts'
import type { Sql } from '../../platform/platform.ts'
import type { Row } from '../../protocol/value.ts'
import type { IndexedColumns } from './indexed-columns.ts'
import { columnsSql, filterSql } from './query-sql.ts'

/** As in the indexes that the application declares, or SQLite would not use them: by name, not as a bound value. */
const living = ({ name }: View['collection']) => `collection = '${name}' AND deleted_seq IS NULL`

/** The records of a collection, many at a time. */
export class CollectionRows {
  readonly #sql: Sql
  readonly #indexedColumns: IndexedColumns

  constructor(sql: Sql, indexedColumns: IndexedColumns) {
    this.#sql = sql
    this.#indexedColumns = indexedColumns
  }

  #columns({ name }: View['collection']) {
    return columnsSql(this.#indexedColumns.get(name))
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

  /** A view's rows in its order, its limit apart. Read one by one, so that whoever has enough may stop. */
  *scan(view: View): Generator<Row> {
    const columns = this.#columns(view.collection)
    const order = [...view.orderBy.map(([name, direction]) => `${columns(name)} ${direction}`), 'id']
    for (const { row } of this.#select(view, { order })) yield row
  }

  /** A view's rows after an id, by id whatever its order, each with the length of its text in characters. */
  after(view: View, id: string): Iterable<{ row: Row; length: number }> {
    return this.#select(view, { order: ['id'], after: id })
  }

  /** How many rows a view has, its limit apart. */
  total({ collection, filter }: View): number {
    const { text, values } = filterSql(filter, this.#columns(collection))
    return this.#sql
      .exec<{ rows: number }>(
        `SELECT count(*) AS rows FROM record WHERE ${living(collection)} AND (${text})`,
        ...values,
      )
      .one().rows
  }

  *#select({ collection, filter }: View, { order, after }: { order: readonly string[]; after?: string }) {
    const { text, values } = filterSql(filter, this.#columns(collection))
    // Named where it is needed only: it would keep SQLite from using a declared index.
    const beyond =
      after === undefined
        ? { text: '', values: [] }
        : { text: `AND id > ?${values.length + 1}`, values: [after] }
    const cursor = this.#sql.exec<{ row: string }>(
      `SELECT row FROM record WHERE ${living(collection)} ${beyond.text} AND (${text}) ORDER BY ${order.join()}`,
      ...values,
      ...beyond.values,
    )
    for (const { row } of cursor) {
      const read: Row = JSON.parse(row)
      if (matches(filter, read)) yield { row: read, length: row.length }
    }
  }

  /** The rows that live with ids in (after, upTo], or all beyond, by id. */
  range(collection: string, after: string, upTo: string | undefined): Row[] {
    return this.#sql
      .exec<{ row: string }>(
        'SELECT row FROM record WHERE collection = ? AND id > ? AND (? IS NULL OR id <= ?) AND deleted_seq IS NULL ORDER BY id',
        collection,
        after,
        upTo ?? null,
        upTo ?? null,
      )
      .toArray()
      .map(({ row }): Row => JSON.parse(row))
  }

  /** The id of the living record that is so many after an id; undefined where there are fewer. */
  idAfter(collection: string, after: string, count: number): string | undefined {
    const [found] = this.#sql
      .exec<{ id: string }>(
        'SELECT id FROM record WHERE collection = ? AND id > ? AND deleted_seq IS NULL ORDER BY id LIMIT 1 OFFSET ?',
        collection,
        after,
        count - 1,
      )
      .toArray()
    return found?.id
  }

  /**
   * Those after an id, in the order of their ids; `row` is null for a deleted one.
   *
   * @param most how many, and characters of them; one comes, however large it is
   */
  page(collection: string, after: string, most: { readonly records: number; readonly characters: number }) {
    const found = this.#sql.exec<{ id: string; row: string; deleted: number }>(
      `SELECT id, row, deleted_seq IS NOT NULL AS deleted FROM record
         WHERE collection = ? AND id > ? ORDER BY id LIMIT ?`,
      collection,
      after,
      most.records,
    )
    const page: { readonly id: string; readonly row: Row | null }[] = []
    let characters = 0
    for (const { id, row, deleted } of found) {
      characters += row.length
      if (page.length > 0 && characters > most.characters) break
      page.push({ id, row: deleted === 1 ? null : JSON.parse(row) })
    }
    return page
  }
}
