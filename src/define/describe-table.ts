import { is, SQL } from 'drizzle-orm'
import { getTableConfig, type PgColumn, type PgTable } from 'drizzle-orm/pg-core'
import * as v from 'valibot'
import { type AnyPolicy, toWire } from '../core/app/policies.ts'
import { checkValue } from '../core/records/validate.ts'
import { NAME } from '../protocol/ids.ts'
import type { Column, ColumnType } from '../protocol/manifest.ts'
import type { Value } from '../protocol/value.ts'
import { valueSchema } from '../protocol/value-schema.ts'
import { typeOf } from './column-form.ts'
import { whyUnfit, whyUnknown } from './fit-policy.ts'

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
  if (config.schema !== undefined)
    fail(`is in the schema "${config.schema}": declare it by pgTable, which is the schema public`)
  const properties = Object.entries(table).filter((entry): entry is [string, PgColumn] =>
    config.columns.some((column) => column === entry[1]),
  )
  const tenant = properties.find(([name]) => name === TENANT_PROPERTY)?.[1]
  if (tenant?.name !== TENANT_COLUMN || !tenant.notNull)
    fail(`needs tenantId: text('${TENANT_COLUMN}').notNull()`)
  if (tenant?.getSQLType() !== 'text')
    fail(`"${TENANT_PROPERTY}" is ${tenant?.getSQLType()}; write text('${TENANT_COLUMN}').notNull()`)
  const keys = config.primaryKeys[0]?.columns.map((column) => column.name) ?? []
  if (keys.join() !== `${TENANT_COLUMN},id`)
    fail(
      'needs primaryKey({ columns: [t.tenantId, t.id] }): a record is found by its tenant and its id, so that no tenant meets the ids of another',
    )
  const id = properties.find(([name]) => name === 'id')?.[1]
  if (id?.name !== 'id' || id.getSQLType() !== 'text')
    fail(`its id is ${id?.getSQLType() ?? 'missing'}; write id: text('id').notNull(), which holds UUIDs too`)
  const own = properties.filter(([name]) => name !== TENANT_PROPERTY)
  // The id leads every row on the wire.
  own.sort(([a], [b]) => Number(b === 'id') - Number(a === 'id'))
  const columns = own.map(([name, column]): Column => {
    const described = describeColumn(name, column, policies[name])
    return 'refused' in described ? fail(described.refused) : described
  })
  const sqlColumns = own.map(([name, column]) => ({
    name,
    sqlName: column.name,
    sqlType: column.getSQLType(),
  }))
  return { columns, sql: { name: config.name, columns: sqlColumns } }
}

/** A column as both sides know it, or why it cannot be synced. */
function describeColumn(
  name: string,
  column: PgColumn,
  declared: AnyPolicy | undefined,
): Column | { readonly refused: string } {
  const refuse = (why: string) => ({ refused: `"${name}" ${why}` })
  if (!NAME.test(name))
    return refuse('is no name of a column: letters, digits and underscores, up to 63, a letter first')
  const filled = whoFills(column)
  if (filled) return refuse(`${filled}; ${FILLED_BY_POSTGRES}`)
  const typed = typeOf(column)
  if ('instead' in typed) return refuse(`is ${column.getSQLType()}, which cannot be synced; ${typed.instead}`)
  const { type, form } = typed
  const policy = toWire(declared ?? { kind: 'lww' })
  const unfit =
    whyUnknown(declared) ?? whyUnfit(policy, { ...typed, hasValues: column.enumValues !== undefined })
  if (unfit) return refuse(unfit)
  const described: Column = {
    name,
    type,
    ...(form && { form }),
    nullable: !column.notNull,
    ...(column.enumValues && { values: [...column.enumValues] }),
    policy,
  }
  if (!column.hasDefault || name === 'id') return described
  const standard = literalDefault(column.default, type)
  if (standard === undefined) return refuse(NO_LITERAL)
  const invalid = checkValue(described, standard)
  return invalid
    ? refuse(`has a default that does not fit it: ${invalid.message} Write one that does, or none`)
    : { ...described, default: standard }
}

/** The way out for a column that Postgres fills by itself: an edit cannot give its value. */
export const FILLED_BY_POSTGRES =
  'make it a plain column, or leave it out of this table and add it by a migration of your own: what is not declared is left alone'

/** Why Postgres takes no value for a column, if it takes none. */
function whoFills({ generated, generatedIdentity }: PgColumn): string | undefined {
  if (generated) return 'is generated by Postgres'
  return generatedIdentity ? 'is an identity column, which Postgres numbers' : undefined
}

/** The way out for a default that the object and the pages cannot know. */
const NO_LITERAL =
  'needs a literal default, not one computed by Postgres or by a function; give the value where you insert, such as new Date().toISOString()'

/** A default as it travels; undefined for one that is computed. */
function literalDefault(given: unknown, type: ColumnType): Value | undefined {
  if (given === undefined || is(given, SQL)) return undefined
  if (typeof given === 'bigint') return Number(given)
  if (!(given instanceof Date)) return v.parse(valueSchema, JSON.parse(JSON.stringify(given)))
  const time = given.toISOString()
  if (type === 'date') return time.slice(0, 'YYYY-MM-DD'.length)
  return type === 'timestamp' ? time : time.replace(/\.?0*Z$/, '')
}
