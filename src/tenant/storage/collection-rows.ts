import { attachRecord } from '../../core/app/attached.ts'
import { ABOUT_RECORDS, CONFLICTS, NOTIFICATION_STATES, NOTIFICATIONS } from '../../core/app/built-in.ts'
import { matches } from '../../core/query/filter.ts'
import type { View } from '../../core/query/view.ts'
import type { Sql } from '../../platform/platform.ts'
import type { Row } from '../../protocol/value.ts'
import type { IndexedColumns } from './indexed-columns.ts'
import { columnSql, columnsSql, filterSql, keySql } from './query-sql.ts'

/** As in the indexes that the application declares, or SQLite would not use them: by name, not as a bound value. */
const living = ({ name }: Pick<View['collection'], 'name'>) =>
  `collection = '${name}' AND deleted_seq IS NULL`

/** Notifications, or conflicts, that are looked at together. */
const AT_ONCE = 100

/** Reads a row of a collection by its id, for the collection of what is about it. */
type ReadRow = (about: string, collection: string, id: string) => Row | undefined

/** The records of a collection, many at a time. */
export class CollectionRows {
  readonly #sql: Sql
  readonly #indexedColumns: IndexedColumns

  readonly #recordOf: ReadRow

  /** Rows that the storage has looked at for views so far. */
  read = 0

  /** @param recordOf reads the record that a row of one of the engine's own collections is about */
  constructor(sql: Sql, indexedColumns: IndexedColumns, recordOf: ReadRow = () => undefined) {
    this.#sql = sql
    this.#indexedColumns = indexedColumns
    this.#recordOf = recordOf
  }

  #columns({ name }: View['collection']) {
    return columnsSql(name, this.#indexedColumns.get(name))
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
    const order = [...view.orderBy.map(([name, direction]) => `${columns.column(name)} ${direction}`), 'id']
    for (const { row } of this.#select(view, { order })) yield row
  }

  /** A view's rows after an id, by id whatever its order, each with the length of its text in characters. */
  after(view: View, id: string): Iterable<{ row: Row; length: number }> {
    return this.#select(view, { order: ['id'], after: id })
  }

  /** How many rows a view has, its limit apart. */
  total({ collection, filter }: View): number {
    const { text, values } = filterSql(filter, this.#columns(collection))
    const counted = this.#sql.exec<{ rows: number }>(
      `SELECT count(*) AS rows FROM record WHERE ${living(collection)} AND (${text})`,
      ...values,
    )
    const { rows } = counted.one()
    this.read += counted.rowsRead ?? rows
    return rows
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
    let given = 0
    try {
      for (const { row } of cursor) {
        given += 1
        const read: Row = JSON.parse(row)
        if (matches(filter, this.#attached(collection, read))) yield { row: read, length: row.length }
      }
    } finally {
      // Whoever has enough stops here.
      this.read += Math.max(given, cursor.rowsRead ?? 0)
    }
  }

  #attached({ name }: View['collection'], row: Row): Row {
    if (!ABOUT_RECORDS.includes(name)) return row
    return attachRecord(row, this.#recordOf(name, String(row['collection']), String(row['record'])))
  }

  /** The ids of those whose columns have values, of which there is an index. */
  idsWhere(collection: string, values: Readonly<Record<string, string>>): string[] {
    const places = Object.keys(values).map((name, i) => `${keySql(name)} = ?${i + 1}`)
    return this.#sql
      .exec<{ id: string }>(
        `SELECT id FROM record WHERE ${living({ name: collection })} AND ${places.join(' AND ')}`,
        ...Object.values(values),
      )
      .toArray()
      .map(({ id }) => id)
  }

  /** The oldest notifications from before a time. */
  oldNotifications(before: string): string[] {
    return this.#sql
      .exec<{ id: string }>(
        `SELECT id FROM record WHERE ${living({ name: NOTIFICATIONS })} AND ${keySql('at')} < ?
           ORDER BY ${keySql('at')} LIMIT ${AT_ONCE}`,
        before,
      )
      .toArray()
      .map(({ id }) => id)
  }

  /** The oldest conflicts of a state that were found before a time. */
  oldConflicts(state: string, before: string): string[] {
    return this.#sql
      .exec<{ id: string }>(
        `SELECT id FROM record WHERE ${living({ name: CONFLICTS })} AND ${keySql('state')} = ? AND ${keySql('at')} < ?
           ORDER BY ${keySql('at')} LIMIT ${AT_ONCE}`,
        state,
        before,
      )
      .toArray()
      .map(({ id }) => id)
  }

  /** Notifications for a single person who had read them before a time. */
  readNotifications(before: string): string[] {
    return this.#sql
      .exec<{ id: string }>(
        `SELECT ${columnSql('notification')} AS id FROM record WHERE ${living({ name: NOTIFICATION_STATES })}
           AND ${keySql('alone')} = 1 AND ${keySql('at')} < ? AND (${columnSql('rank')}) % 4 >= 2
           ORDER BY ${keySql('at')} LIMIT ${AT_ONCE}`,
        before,
      )
      .toArray()
      .map(({ id }) => id)
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
