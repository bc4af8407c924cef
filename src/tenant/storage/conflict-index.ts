import { CONFLICTS } from '../../core/app/built-in.ts'
import { OPEN } from '../../core/app/conflicts-collection.ts'
import { recordKey, type StoredRecord } from '../../core/records/record.ts'
import type { Sql } from '../../platform/platform.ts'
import type { Row } from '../../protocol/value.ts'
import type { Database } from './database.ts'

/** Ids of conflicts by the record that they are about. */
type ByRecord = Map<string, Set<string>>

/**
 * The conflicts that are kept about each record, by their ids. Held in memory, because every edit asks whether its
 * records have any: some hundred bytes for each conflict, of which there are few. Read when it is first asked for.
 */
export class ConflictIndex {
  readonly #sql: Sql
  #ids: { readonly all: ByRecord; readonly open: ByRecord } | undefined

  constructor(database: Database) {
    this.#sql = database.sql
    database.restores(this)
  }

  /** How many records have an open conflict. */
  get openCount(): number {
    return this.#read().open.size
  }

  /** The ids of open conflicts, so many at most. */
  openIds(limit: number): string[] {
    const ids: string[] = []
    for (const ofRecord of this.#read().open.values()) {
      ids.push(...ofRecord)
      if (ids.length >= limit) break
    }
    return ids.slice(0, limit)
  }

  of(collection: string, id: string): Iterable<string> {
    return this.#read().all.get(recordKey(collection, id)) ?? []
  }

  openOf(collection: string, id: string): Iterable<string> {
    return this.#read().open.get(recordKey(collection, id)) ?? []
  }

  /** A record of the conflicts collection is written. */
  note({ id, row, deleted }: StoredRecord): void {
    if (!this.#ids) return
    put(this.#ids.all, row, id, !deleted)
    put(this.#ids.open, row, id, !deleted && row['state'] === OPEN)
  }

  forget(): void {
    this.#ids = undefined
  }

  #read() {
    if (this.#ids) return this.#ids
    const ids = { all: new Map(), open: new Map() }
    this.#ids = ids
    const found = this.#sql.exec<{ id: string; row: string }>(
      'SELECT id, row FROM record WHERE collection = ? AND deleted_seq IS NULL',
      CONFLICTS,
    )
    for (const { id, row } of found) this.note({ ...UNVERSIONED, id, row: JSON.parse(row) })
    return ids
  }
}

/** What an index does not look at. */
const UNVERSIONED = { collection: CONFLICTS, birth: { actor: '', n: 0, seq: 0 }, versions: {} }

function put(byRecord: ByRecord, row: Row, id: string, isIn: boolean): void {
  const key = recordKey(String(row['collection']), String(row['record']))
  const ids = byRecord.get(key) ?? new Set()
  if (isIn) ids.add(id)
  else ids.delete(id)
  if (ids.size > 0) byRecord.set(key, ids)
  else byRecord.delete(key)
}
