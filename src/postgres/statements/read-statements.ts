import type { LedgerPosition } from '../../core/outbox/batch.ts'
import type { PageRange } from '../../core/outbox/postgres-port.ts'
import { ENGINE_SCHEMA, type SqlTable, TENANT_COLUMN } from '../../define/describe-table.ts'
import type { Collection, ColumnType, Manifest } from '../../protocol/manifest.ts'
import type { Statement } from './statement.ts'

/**
 * How columns are written whose standard JSON form in Postgres is not the one form they have here.
 * A day or time outside the years 1 to 9999 is left as it is, so that it is noticed as inexact.
 */
const FORMS: Partial<Record<ColumnType, (column: string) => string>> = {
  date: (column) => within(column, '0001-01-01', '9999-12-31', `to_char(${column}, 'YYYY-MM-DD')`),
  timestamp: (column) => {
    const form = `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
    return within(column, '0001-01-01 00:00Z', '9999-12-31 23:59:59.999Z', form)
  },
}

/** An exact decimal as a text of all its places, or as a number without those that say nothing. */
function decimal(type: ColumnType, column: string): string {
  return type === 'text' ? `${column}::text` : `trim_scale(${column})`
}

function within(column: string, first: string, last: string, form: string): string {
  return `CASE WHEN ${column} BETWEEN '${first}' AND '${last}' THEN ${form} ELSE ${column}::text END`
}

/**
 * Bytes of JSON at which a page ends, unless its first row alone has more. Read, kept and written on,
 * a page takes some ten times as much in the object for a moment.
 */
const PAGE_BYTES = 1_000_000

/**
 * Bytes of a row's JSON beyond which it is not read at all: no record can be so large, and no answer twice as large.
 */
const MAX_READ_BYTES = 8_000_000

/** The name under which such a row has its size, instead of its columns; no column has it. */
export const SIZE = ''

/**
 * A row as JSON, or, where it is too large to be read, its id and its size.
 *
 * @param row the row's JSON, as an expression
 * @param bytes its size
 */
export function readable(row: string, bytes: string): string {
  return `CASE WHEN ${bytes} > ${MAX_READ_BYTES} THEN json_build_object('id', id, '${SIZE}', ${bytes}) ELSE ${row} END`
}

/**
 * The key serves a page in its order. Without statistics of the table, as after a load, Postgres
 * would rather sort all rows that remain, and that for each page.
 */
export const BY_KEY = { enable_sort: 'off', enable_bitmapscan: 'off' }

/** Rows of each table that one call deletes: well within its deadline. */
const ERASED_ROWS = 5_000

/** Deletes a part of all that there is of a tenant. */
export function eraseStatement(tenant: string, tables: readonly SqlTable[]): Statement {
  const names = JSON.stringify(tables.map(({ name }) => name))
  return { text: 'SELECT tidemark.erase_tenant($1, $2, $3) AS answer', params: [tenant, names, ERASED_ROWS] }
}

/** Asks whether there is anything of a tenant: its ledger, or a row in one of these tables. */
export function knowsStatement(tenant: string, tables: readonly SqlTable[]): Statement {
  const places = ['tidemark.ledger', ...tables.map(({ name }) => relation(name))]
  const found = places.map((place) => `EXISTS (SELECT 1 FROM ${place} WHERE ${quote(TENANT_COLUMN)} = $1)`)
  return { text: `SELECT ${found.join(' OR ')} AS answer`, params: [tenant] }
}

/** Counts a tenant's rows. */
export function countStatement(tenant: string, table: SqlTable): Statement {
  const text = `SELECT count(*)::int AS answer FROM ${relation(table.name)} WHERE ${quote(TENANT_COLUMN)} = $1`
  return { text, params: [tenant] }
}

/** Notes which manifest is served. */
export function serveStatement(manifest: Manifest): Statement {
  return {
    text: 'SELECT tidemark.serve_manifest($1, $2) AS answer',
    params: [manifest.hash, JSON.stringify(manifest)],
  }
}

/** Reads a tenant's next external changes, for the log that stands at `position`. */
export function pollStatement(
  tenant: string,
  { epoch, after, head }: LedgerPosition,
  cursor: string,
  reached: string | undefined,
): Statement {
  const params = [tenant, epoch, after, head, cursor]
  if (reached === undefined) return { text: 'SELECT tidemark.look($1, $2, $3, $4, $5) AS answer', params }
  return { text: 'SELECT tidemark.look($1, $2, $3, $4, $5, $6) AS answer', params: [...params, reached] }
}

/**
 * Reads a tenant's next rows by id in byte order, each as a JSON object under its wire names: as many
 * as the limit and `PAGE_BYTES` allow, one at least.
 */
export function pageStatement(
  tenant: string,
  table: SqlTable,
  collection: Collection,
  range: PageRange,
): Statement {
  const text = `WITH found AS MATERIALIZED (
    SELECT id, row_to_json(record.*) AS form FROM (
      SELECT ${wireColumns(table, collection)} FROM ${relation(table.name)}
      WHERE ${quote(TENANT_COLUMN)} = $1 AND ${quote('id')} COLLATE "C" > $2
      ORDER BY ${relation(table.name)}.${quote('id')} COLLATE "C" LIMIT $3
    ) AS record
  ), measured AS (
    SELECT id, form, pg_column_size(form) AS bytes,
      sum(pg_column_size(form)) OVER (ORDER BY id COLLATE "C" ROWS UNBOUNDED PRECEDING) AS bytes_so_far
    FROM found
  ), page AS (
    SELECT id, form, bytes, bytes_so_far <= $4 OR bytes_so_far = bytes AS fits FROM measured
  )
  SELECT json_build_object(
    'rows', coalesce(json_agg(${readable('form', 'bytes')} ORDER BY id COLLATE "C") FILTER (WHERE fits), '[]'),
    'nameless', ${nameless(table, '$1', '$2')},
    'more', count(*) = $3 OR NOT coalesce(bool_and(fits), true),
    'at', tidemark.page_state($1, pg_current_snapshot(), $5)
  ) AS answer FROM page`
  return {
    text,
    params: [tenant, range.after, range.limit, PAGE_BYTES, range.reached ?? null],
    settings: BY_KEY,
  }
}

/**
 * An expression for whether a range that begins with the first id leaves out a row, which is one that has an empty id.
 *
 * @param tenant the parameter of the tenant, as it is written
 * @param after likewise, of the id after which the range begins
 */
export function nameless(table: SqlTable, tenant: string, after: string): string {
  const found = `SELECT FROM ${relation(table.name)} WHERE ${quote(TENANT_COLUMN)} = ${tenant} AND ${quote('id')} = ''`
  return `${after} = '' AND EXISTS (${found})`
}

/** A table's columns under their wire names and in their wire forms, for a SELECT. */
export function wireColumns(table: SqlTable, collection: Collection): string {
  const types = new Map(collection.columns.map((column) => [column.name, column.type]))
  const columns = table.columns.map(({ name, sqlName, sqlType }) => {
    const [type, column] = [types.get(name), quote(sqlName)]
    const form = type && FORMS[type]
    const isDecimal = type && sqlType.startsWith('numeric')
    const written = isDecimal ? decimal(type, column) : form ? form(column) : column
    return `${written} AS ${quote(name)}`
  })
  return columns.join(', ')
}

/** A synced table in SQL: one of the application's, or one of the engine's own, which are named with their schema. */
export function relation(table: string): string {
  return table.startsWith(ENGINE_SCHEMA)
    ? ENGINE_SCHEMA + quote(table.slice(ENGINE_SCHEMA.length))
    : quote(table)
}

/** A name from the application's own schema as an SQL identifier. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
