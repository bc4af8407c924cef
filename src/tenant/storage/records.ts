import { CONFLICTS } from '../../core/app/built-in.ts'
import { pick } from '../../core/external/repairs.ts'
import { forgetActors, recordKey, type StoredRecord } from '../../core/records/record.ts'
import { sameValue } from '../../core/records/value.ts'
import type { Version } from '../../core/records/version-vector.ts'
import type { Sql } from '../../platform/platform.ts'
import type { Row, Value } from '../../protocol/value.ts'
import type { ConflictIndex } from './conflict-index.ts'
import type { Database } from './database.ts'
import { type IndexedColumns, indexedColumnsSql } from './indexed-columns.ts'
import { LruCache } from './lru-cache.ts'
import type { ManuscriptRows } from './manuscript-rows.ts'

/** Characters of one JSON text of rows; SQLite's limit here is 2 MB a value. */
const MAX_TEXT = 500_000

/** Characters of records that are held in memory: some thousands of usual ones. */
const HELD_CHARACTERS = 1_000_000

/** Characters held for each one of a manuscript, and the most for a record, so that the one being edited is held. */
const MANUSCRIPT_FACTOR = 8
const MAX_MANUSCRIPTS_SIZE = HELD_CHARACTERS * 0.4

/** What an update of a record that stays where it is in all indexes is given. It leaves the indexes alone. */
const UPDATED = ['collection', 'id', 'row', 'versions']

/** Records that one statement updates, which takes two thirds of the time. */
const TOGETHER = 16

const UPDATE_ONE = 'UPDATE record SET row = ?3, versions = ?4 WHERE collection = ?1 AND id = ?2'
const UPDATE_TOGETHER = `INSERT INTO record (${UPDATED.join()}) VALUES ${Array(TOGETHER).fill('(?, ?, ?, ?)').join()}
  ON CONFLICT (collection, id) DO UPDATE SET row = excluded.row, versions = excluded.versions`

/**
 * The table `record`, one by one; `CollectionRows` reads many at a time. Nothing else writes them, because those
 * used last are held in memory: people edit what they have just edited. What is in JSON columns was written
 * here, so it is read back as the type it was written with.
 */
export class Records {
  readonly #sql: Sql
  readonly #write: Sql
  readonly #texts: ManuscriptRows
  readonly #indexedColumns: IndexedColumns
  readonly #cache = new LruCache<StoredRecord>(HELD_CHARACTERS)
  /** What is known of the records of the conflicts collection, which are among the others. */
  readonly conflicts: ConflictIndex
  #changes = 0

  /**
   * @param indexedColumns the columns of each collection that are indexed
   * @param texts the manuscripts of their texts
   */
  constructor(
    database: Database,
    indexedColumns: IndexedColumns,
    { conflicts, texts }: { readonly conflicts: ConflictIndex; readonly texts: ManuscriptRows },
  ) {
    this.#texts = texts
    this.conflicts = conflicts
    this.#sql = database.sql
    this.#write = database.writer(this)
    this.#indexedColumns = indexedColumns
  }

  /** Grows with every change of any record: what was read of them holds as long as it stays. */
  get changes(): number {
    return this.#changes
  }

  get(collection: string, id: string): StoredRecord | undefined {
    const key = recordKey(collection, id)
    const held = this.#cache.get(key)
    if (held) return held
    const [found] = this.#sql
      .exec<{ row: string; versions: string }>(
        'SELECT row, versions FROM record WHERE collection = ? AND id = ?',
        collection,
        id,
      )
      .toArray()
    if (!found) return undefined
    const row: Row = JSON.parse(found.row)
    const { texts, ...versions }: Told = JSON.parse(found.versions)
    const manuscripts = texts && { texts: this.#texts.get(collection, id, texts) }
    const record = { collection, id, row, ...versions, ...manuscripts }
    this.#cache.put(key, record, found.row.length + found.versions.length + sizeOf(record))
    return record
  }

  /**
   * Writes different records.
   *
   * @param floor who wrote what lies at or below it is forgotten
   */
  putAll(records: Iterable<StoredRecord>, floor: number): void {
    let updates: string[] = []
    for (const given of records) {
      const record = forgetActors(given, floor)
      if (record.collection === CONFLICTS) this.conflicts.note(record)
      const { collection, id, birth, versions, deleted, texts } = record
      const row = JSON.stringify(record.row)
      const told = JSON.stringify({
        birth,
        versions,
        ...(deleted && { deleted }),
        ...(texts && { texts: Object.keys(texts) }),
      } satisfies Told)
      const key = recordKey(collection, id)
      const indexed = this.#indexedColumns.get(collection) ?? []
      if (isSameInIndexes(indexed, this.#cache.get(key), record)) {
        updates.push(collection, id, row, told)
        if (updates.length === TOGETHER * UPDATED.length) {
          this.#write.exec(UPDATE_TOGETHER, ...updates)
          updates = []
        }
      } else {
        this.#write.exec(
          'INSERT OR REPLACE INTO record (collection, id, row, versions, deleted_seq, keys) VALUES (?, ?, ?, ?, ?, ?)',
          collection,
          id,
          row,
          told,
          deleted?.seq ?? null,
          JSON.stringify(pick(record.row, indexed)),
        )
      }
      this.#putTexts(this.#cache.get(key), record)
      this.#cache.put(key, record, row.length + told.length + sizeOf(record))
      this.#changes += 1
    }
    for (let from = 0; from < updates.length; from += UPDATED.length)
      this.#write.exec(UPDATE_ONE, ...updates.slice(from, from + UPDATED.length))
  }

  #putTexts(stored: StoredRecord | undefined, { collection, id, texts }: StoredRecord): void {
    for (const [column, manuscript] of Object.entries(texts ?? {}))
      this.#texts.put([collection, id, column], stored?.texts?.[column], manuscript)
    if (!texts && stored?.texts) this.#texts.drop(collection, id)
  }

  /** Writes rows that nobody has edited here. One statement for many takes a fourth of the time. */
  putRows(collection: string, rows: readonly Row[], birth: Version): void {
    const text = JSON.stringify(rows)
    if (text.length > MAX_TEXT && rows.length > 1) {
      const half = rows.length >> 1
      this.putRows(collection, rows.slice(0, half), birth)
      this.putRows(collection, rows.slice(half), birth)
      return
    }
    this.#write.exec(
      `INSERT OR REPLACE INTO record (collection, id, row, versions, keys)
       SELECT ?, row ->> 'id', row, ?, ${indexedColumnsSql(this.#indexedColumns.get(collection) ?? [])}
       FROM (SELECT value AS row FROM json_each(?))`,
      collection,
      JSON.stringify({ birth, versions: {} }),
      text,
    )
    this.forget()
  }

  /** Removes a record without a tombstone: nobody was ever shown it. */
  drop(collection: string, id: string): void {
    this.#write.exec('DELETE FROM record WHERE collection = ? AND id = ?', collection, id)
    this.#texts.drop(collection, id)
    this.#cache.delete(recordKey(collection, id))
    this.conflicts.forget()
    this.#changes += 1
  }

  dropCollection(collection: string): void {
    this.#write.exec('DELETE FROM record WHERE collection = ?', collection)
    this.#texts.dropCollection(collection)
    this.forget()
  }

  /** Removes the tombstones of what was deleted at or below a seq. */
  dropTombstones(upTo: number): void {
    this.#write.exec('DELETE FROM record WHERE deleted_seq <= ?', upTo)
    this.forget()
  }

  /** Takes columns out of every record of a collection, tombstones included. */
  dropColumns(collection: string, columns: readonly string[]): void {
    for (const column of columns) {
      // With it go the versions of a set's items, whose keys begin with its name and a slash.
      this.#write.exec(
        `UPDATE record SET row = json_remove(row, ?1), versions = json_set(versions, '$.versions', (
           SELECT json_group_object(key, json(value)) FROM json_each(versions, '$.versions')
           WHERE key <> ?2 AND substr(key, 1, length(?2) + 1) <> ?2 || '/'
         )) WHERE collection = ?3`,
        `$."${column}"`,
        column,
        collection,
      )
      this.#texts.dropColumn(collection, column)
    }
    this.rekey(collection)
  }

  /** Gives a column a value in every record of a collection that has none. */
  fillColumn(collection: string, column: string, value: Value): void {
    const path = `$."${column}"`
    this.#write.exec(
      `UPDATE record SET row = json_set(row, ?, json(?)) WHERE collection = ? AND json_type(row, ?) IS NULL`,
      path,
      JSON.stringify(value),
      collection,
      path,
    )
    this.rekey(collection)
  }

  /** Writes what is indexed of every record of a collection anew. */
  rekey(collection: string): void {
    const keys = indexedColumnsSql(this.#indexedColumns.get(collection) ?? [])
    this.#write.exec(`UPDATE record SET keys = ${keys} WHERE collection = ?`, collection)
    this.forget()
  }

  clear(): void {
    this.#write.exec('DELETE FROM record')
    this.#texts.clear()
    this.forget()
  }

  forget(): void {
    this.#cache.clear()
    this.conflicts.forget()
    this.#changes += 1
  }
}

/** What is stored of a record beside its row. `texts`: the columns that have a manuscript. */
type Told = Pick<StoredRecord, 'birth' | 'versions' | 'deleted'> & { readonly texts?: readonly string[] }

/** Characters that the manuscripts of a record count as: with what Yjs makes of one it is as large as several. */
function sizeOf({ texts = {} }: StoredRecord): number {
  const size = Object.values(texts).reduce((sum, { base }) => sum + MANUSCRIPT_FACTOR * base.length, 0)
  return Math.min(size, MAX_MANUSCRIPTS_SIZE)
}

/** Whether a record that lives is where it was in all indexes. */
function isSameInIndexes(
  indexed: readonly string[],
  before: StoredRecord | undefined,
  now: StoredRecord,
): boolean {
  if (!before || before.deleted || now.deleted) return false
  return indexed.every((name) => sameValue(before.row[name] ?? null, now.row[name] ?? null))
}
