import { getTableConfig, type PgColumn, type PgTable } from 'drizzle-orm/pg-core'
import { type AnyPolicy, toWire } from '../core/app/policies.ts'
import { isExtreme } from '../core/merge/extreme.ts'
import { kindOf } from '../core/merge/policy.ts'
import { type Column, type ColumnType, type Policy, policySchema } from '../protocol/manifest.ts'
import type { Value } from '../protocol/value.ts'

/** A column's place in Postgres. Names come from here only, never from a client. */
export type SqlColumn = { readonly name: string; readonly sqlName: string; readonly sqlType: string }

/** The way edits are written: what several come to `net`, few statements a table, or `each` by itself. */
export type Writes = 'net' | 'each'

/** A synced table: its name and its columns without the tenant's. */
export type SqlTable = {
  readonly name: string
  readonly columns: readonly SqlColumn[]
  readonly writes: Writes
}

/** The beginning of the names of the engine's own synced tables. No table of an application begins so. */
export const ENGINE_SCHEMA = 'tidemark.'

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
  policies: Readonly<Record<string, AnyPolicy | undefined>>,
): { columns: Column[]; sql: Omit<SqlTable, 'writes'> } {
  const config = getTableConfig(table)
  const fail = (why: string): never => {
    throw new Error(`collection "${collection}": ${why}`)
  }
  if (config.name.startsWith(ENGINE_SCHEMA))
    fail(`is of table "${config.name}": call it otherwise, without "${ENGINE_SCHEMA}"`)
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
    const filled = whoFills(column)
    if (filled) fail(`"${name}" ${filled}; ${FILLED_BY_POSTGRES}`)
    const sqlType = column.getSQLType()
    const type =
      TYPES[sqlType] ?? fail(`"${name}" is ${sqlType}; supported are ${Object.keys(TYPES).join(', ')}`)
    const standard = literalDefault(column.default)
    if (standard === undefined && column.hasDefault)
      fail(`"${name}" needs a literal default, not one computed by Postgres`)
    const policy = toWire(policies[name] ?? { kind: 'lww' })
    const unfit = whyUnknown(policies[name]) ?? whyUnfit(policy, type, column.enumValues !== undefined)
    if (unfit) fail(`"${name}" ${unfit}`)
    return {
      name,
      type,
      nullable: !column.notNull,
      ...(standard !== undefined && { default: standard }),
      ...(column.enumValues && { values: [...column.enumValues] }),
      policy,
    }
  })
  const sqlColumns = own.map(([name, column]) => ({
    name,
    sqlName: column.name,
    sqlType: column.getSQLType(),
  }))
  return { columns, sql: { name: config.name, columns: sqlColumns } }
}

const INNER: readonly string[] = ['lww', 'counter', 'max', 'min']

const NUMBERS: readonly ColumnType[] = ['integer', 'bigint', 'number']
const ORDERED: readonly ColumnType[] = [...NUMBERS, 'date', 'timestamp']

const KINDS = policySchema.options.map(({ entries }) => entries.kind.literal)

/** Why what was declared is no policy, for an application without types. */
function whyUnknown(policy: AnyPolicy | undefined): string | undefined {
  if (policy === undefined) return undefined
  if (!KINDS.includes(policy.kind)) return `has no policy: known are ${KINDS.join(', ')}`
  if (policy.kind === 'merge' && typeof policy.by !== 'function') return 'needs merge() with a function'
  const inner = policy.kind === 'effect' ? policy.of : 'lww'
  return INNER.includes(inner)
    ? undefined
    : `cannot be effect(${inner}()): effects write by ${INNER.join(', ')}`
}

/** Why a policy does not fit a column's type, and what does; undefined where it fits. */
function whyUnfit(policy: Policy, type: ColumnType, hasValues: boolean): string | undefined {
  const kind = kindOf(policy)
  const is = `is ${type}, and ${kind}()`
  if (isExtreme(kind) && !ORDERED.includes(type))
    return `${is} is for numbers, dates and times: texts have no one order`
  if (kind === 'counter' && !NUMBERS.includes(type)) return `${is} is for numbers`
  if (kind === 'set' && type !== 'text[]') return `${is} is for lists of texts, which are text[]`
  if (kind === 'text' && (type !== 'text' || hasValues)) return `${is} is for texts that people write`
  return kind === 'states' && type !== 'text' ? `${is} is for text` : undefined
}

/** The way out for a column that Postgres fills by itself: an edit cannot give its value. */
export const FILLED_BY_POSTGRES =
  'make it a plain column, or leave it out of this table and add it by a migration of your own: what is not declared is left alone'

/** Why Postgres takes no value for a column, if it takes none. */
function whoFills({ generated, generatedIdentity }: PgColumn): string | undefined {
  if (generated) return 'is generated by Postgres'
  return generatedIdentity ? 'is an identity column, which Postgres numbers' : undefined
}

function literalDefault(value: unknown): Value | undefined {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  if (Array.isArray(value) && value.every((item): item is string => typeof item === 'string')) return value
  return undefined
}
