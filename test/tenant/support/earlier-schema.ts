import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import type { LogEntry } from '../../../src/core/log/log.ts'
import type { Collection, Column, Manifest } from '../../../src/protocol/manifest.ts'
import type { Row } from '../../../src/protocol/value.ts'
import { app } from '../../fixtures/board/sync.ts'
import { objectOf } from './tenant-world.ts'

/** How the application was before, told as a change of each collection; undefined for one it had not. */
type Earlier = (collection: Collection) => Collection | undefined

/** What an object held then, told by what it holds now. */
type Then = {
  readonly record?: (collection: string, row: Row) => Row
  readonly entry?: (entry: LogEntry) => LogEntry
}

/**
 * Turns a tenant's object into one whose records were made for an earlier manifest, and lets it wake
 * under the application's own: what a deploy does to it.
 *
 * @param options.more collections that the application had then
 */
export async function deployOver(
  tenant: string,
  earlier: Earlier,
  options: Then & { more?: readonly Collection[]; sockets?: 'close' | 'hibernate' } = {},
): Promise<void> {
  const { record = (_, row) => row, entry = (now) => now, more = [], sockets = 'close' } = options
  const collections = [...app.manifest.collections.flatMap((one) => earlier(one) ?? []), ...more]
  const manifest: Manifest = { hash: `before-${JSON.stringify(collections).length}`, collections }
  const names = collections.map(({ name }) => name)
  const toThen = (made: LogEntry): LogEntry =>
    entry({
      ...made,
      changes: made.changes.map((one) =>
        one.kind === 'insert' ? { ...one, after: record(one.collection, one.after) } : one,
      ),
    })
  await runInDurableObject(objectOf(tenant), (_, { storage: { sql } }) => {
    sql.exec("UPDATE meta SET value = ? WHERE key = 'manifest'", JSON.stringify(manifest))
    for (const table of ['record', 'hydration']) {
      sql.exec(
        `DELETE FROM ${table} WHERE collection NOT IN (SELECT value FROM json_each(?))`,
        JSON.stringify(names),
      )
    }
    const rows = sql.exec<{ collection: string; id: string; row: string }>(
      'SELECT collection, id, row FROM record',
    )
    for (const { collection, id, row } of rows.toArray()) {
      const before = JSON.stringify(record(collection, JSON.parse(row)))
      sql.exec('UPDATE record SET row = ? WHERE collection = ? AND id = ?', before, collection, id)
    }
    for (const { last_seq, entries } of sql
      .exec<{ last_seq: number; entries: string }>('SELECT last_seq, entries FROM log')
      .toArray()) {
      const made: LogEntry[] = JSON.parse(entries)
      sql.exec('UPDATE log SET entries = ? WHERE last_seq = ?', JSON.stringify(made.map(toThen)), last_seq)
    }
  })
  await evictDurableObject(objectOf(tenant), { webSockets: sockets })
}

/** Before these columns of a collection existed. */
export function withoutColumns(name: string, ...columns: string[]) {
  const has = (column: string) => !columns.includes(column)
  const earlier: Earlier = (collection) =>
    collection.name === name
      ? { ...collection, columns: collection.columns.filter((column) => has(column.name)) }
      : collection
  const record = (collection: string, row: Row): Row =>
    collection === name ? Object.fromEntries(Object.entries(row).filter(([column]) => has(column))) : row
  return { earlier, record }
}

/** When a collection had a column more, with this value in every record. */
export function withColumn(name: string, column: Column, value: Row[string]) {
  const earlier: Earlier = (collection) =>
    collection.name === name ? { ...collection, columns: [...collection.columns, column] } : collection
  const record = (collection: string, row: Row): Row =>
    collection === name ? { ...row, [column.name]: value } : row
  return { earlier, record }
}

/** The living rows that an object holds of a collection. */
export function rowsOf(tenant: string, collection: string): Promise<Row[]> {
  return runInDurableObject(objectOf(tenant), (_, { storage }) =>
    storage.sql
      .exec<{ row: string }>(
        'SELECT row FROM record WHERE collection = ? AND deleted_seq IS NULL ORDER BY id',
        collection,
      )
      .toArray()
      .map(({ row }): Row => JSON.parse(row)),
  )
}
