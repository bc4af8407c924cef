import { getTableConfig, type PgColumn, type PgTable } from 'drizzle-orm/pg-core'
import type { PolicyFor } from '../core/policies.ts'
import { toWire } from '../core/policies.ts'
import type { Column, ColumnType } from '../protocol/manifest.ts'
import type { Value } from '../protocol/value.ts'

/** A column's place in Postgres. Names come from here only, never from a client. */
export type SqlColumn = { readonly name: string; readonly sqlName: string; readonly sqlType: string }

/** How edits are written: what several come to `net`, few statements a table, or `each` by itself. */
export type Writes = 'net' | 'each'

/** A synced table: its name and its columns without the tenant's. */
export type SqlTable = {
  readonly name: string
  readonly columns: readonly SqlColumn[]
  readonly writes: Writes
}

/** The column every synced table needs to hold its tenant. */
export const TENANT_PROPERTY = 'tenantId'
export const TENANT_COLUMN = 'tenant_id'

const TYPES: Readonly<Record<string, ColumnType>> = {
  text: 'text',
  integer: 'integer',
  bigint: 'bigint',
  'double precision': 'number',
  boolean: 'boolean',
  date: 'date',
  jsonb: 'json',
  'timestamp with time zone': 'timestamp',
  'text[]': 'text[]',
}

/**
 * Reads a Drizzle table into the columns both sides work with. Throws, at start-up, on a table that
 * cannot be synced: a wrong schema is a programming error, and the sentence says what to change.
 */
export function describeTable(
  collection: string,
  table: PgTable,
  policies: Readonly<Record<string, PolicyFor<number> | PolicyFor<string> | undefined>>,
): { columns: Column[]; sql: Omit<SqlTable, 'writes'> } {
  const config = getTableConfig(table)
  const fail = (why: string): never => {
    throw new Error(`collection "${collection}": ${why}`)
  }
  const properties = Object.entries(table).filter((entry): entry is [string, PgColumn] =>
    config.columns.some((column) => column === entry[1]),
  )
  const tenant = properties.find(([name]) => name === TENANT_PROPERTY)?.[1]
  if (tenant?.name !== TENANT_COLUMN || !tenant.notNull)
    fail(`needs tenantId: text('${TENANT_COLUMN}').notNull()`)
  const keys = config.primaryKeys[0]?.columns.map((column) => column.name) ?? []
  if (keys.join() !== `${TENANT_COLUMN},id`) fail('needs primaryKey({ columns: [t.tenantId, t.id] })')
  const own = properties.filter(([name]) => name !== TENANT_PROPERTY)
  // The id leads every row on the wire.
  own.sort(([a], [b]) => Number(b === 'id') - Number(a === 'id'))
  const columns = own.map(([name, column]): Column => {
    const sqlType = column.getSQLType()
    const type =
      TYPES[sqlType] ?? fail(`"${name}" is ${sqlType}; supported are ${Object.keys(TYPES).join(', ')}`)
    const standard = literalDefault(column.default)
    if (standard === undefined && column.hasDefault)
      fail(`"${name}" needs a literal default, not one computed by Postgres`)
    return {
      name,
      type,
      nullable: !column.notNull,
      ...(standard !== undefined && { default: standard }),
      ...(column.enumValues && { values: [...column.enumValues] }),
      policy: toWire(policies[name] ?? { kind: 'lww' }),
    }
  })
  const sqlColumns = own.map(([name, column]) => ({
    name,
    sqlName: column.name,
    sqlType: column.getSQLType(),
  }))
  return { columns, sql: { name: config.name, columns: sqlColumns } }
}

function literalDefault(value: unknown): Value | undefined {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  if (Array.isArray(value) && value.every((item): item is string => typeof item === 'string')) return value
  return undefined
}
