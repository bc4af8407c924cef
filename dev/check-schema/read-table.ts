import type { PgTable } from 'drizzle-orm/pg-core'
import type { Client } from 'pg'
import * as v from 'valibot'
import { fromJsonb } from '../../src/postgres/answers/exact-value.ts'
import type { Collection } from '../../src/protocol/manifest.ts'
import { valueSchema } from '../../src/protocol/value-schema.ts'
import { APPLICATION_ROLE } from '../application-role.ts'
import { syncStatements } from '../sync-statements.ts'
import type { DeclaredTable, PostgresColumn, PostgresTable } from './compare-postgres.ts'
import { findOutdatedPolicies } from './find-outdated-policies.ts'
import { findOutdatedTriggers } from './find-outdated-triggers.ts'
import { quote } from './quote.ts'

/** A synced table with all that is declared of it. */
export type Synced = {
  readonly declared: DeclaredTable
  readonly collection: Collection
  readonly drizzle: PgTable
}

const factsSchema = v.object({
  columns: v.array(
    v.object({
      sqlName: v.string(),
      sqlType: v.string(),
      nullable: v.boolean(),
      collation: v.nullable(v.string()),
      expression: v.nullable(v.string()),
      made: v.boolean(),
      filled: v.boolean(),
    }),
  ),
  primaryKey: v.array(v.string()),
  deferrable: v.array(v.string()),
  selfCascades: v.array(v.string()),
  rowSecurity: v.boolean(),
  rights: v.boolean(),
})

/** Letters of pg_constraint.confdeltype and confupdtype: cascade, set null, set default. */
const FACTS = `
  SELECT jsonb_build_object(
    'columns', (
      SELECT jsonb_agg(jsonb_build_object(
          'sqlName', attname, 'sqlType', format_type(atttypid, atttypmod), 'nullable', NOT attnotnull,
          'collation', (SELECT collname FROM pg_collation WHERE pg_collation.oid = attcollation),
          'expression', pg_get_expr(adbin, adrelid), 'made', attgenerated <> '' OR attidentity <> '',
          'filled', attgenerated <> '' OR attidentity = 'a'
        ) ORDER BY attnum)
        FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped
    ),
    'primaryKey', (
      SELECT coalesce(jsonb_agg(attname ORDER BY place), '[]')
        FROM pg_constraint CROSS JOIN unnest(conkey) WITH ORDINALITY AS key(attnum, place)
        JOIN pg_attribute USING (attnum)
        WHERE conrelid = $1 AND contype = 'p' AND attrelid = $1
    ),
    'deferrable', (
      SELECT coalesce(jsonb_agg(conname), '[]') FROM pg_constraint
        WHERE conrelid = $1 AND contype = 'f' AND condeferrable
    ),
    'selfCascades', (
      SELECT coalesce(jsonb_agg(conname ORDER BY conname), '[]') FROM pg_constraint
        WHERE conrelid = $1 AND confrelid = $1 AND (confdeltype IN ('c', 'n', 'd') OR confupdtype IN ('c', 'n', 'd'))
    ),
    'rowSecurity', (SELECT relrowsecurity FROM pg_class WHERE oid = $1),
    'rights', (
      SELECT coalesce(bool_and(has_table_privilege(role.oid, $1, wanted)), false)
        FROM pg_roles AS role, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS wanted
        WHERE rolname = '${APPLICATION_ROLE}'
    )
  ) AS facts`

/**
 * Reads what Postgres has of a synced table. Needs a transaction, which it leaves as it was.
 *
 * @param otherRoles roles of other programs that go on seeing the rows of all tenants
 */
export async function readTable(
  client: Client,
  synced: Synced,
  otherRoles: readonly string[],
): Promise<PostgresTable | undefined> {
  const { table } = synced.declared
  const found = await client.query('SELECT to_regclass($1)::oid AS oid', [quote(table)])
  const { oid } = v.parse(v.object({ oid: v.nullable(v.number()) }), found.rows[0])
  if (oid === null) return undefined
  const read = await client.query(FACTS, [oid])
  const { facts } = v.parse(v.object({ facts: factsSchema }), read.rows[0])
  const statements = syncStatements(synced.drizzle, otherRoles)
  const triggers = statements.flatMap(({ statement, makes }) =>
    makes.is === 'trigger' ? [{ statement, name: makes.name }] : [],
  )
  const policies = statements.flatMap(({ statement, makes }) =>
    makes.is === 'policy' ? [{ statement, name: makes.name }] : [],
  )
  const outdated = await findOutdatedTriggers(client, { table, oid, triggers })
  const outdatedPolicies = await findOutdatedPolicies(client, { table, oid, policies })
  const isThere = ({ makes }: (typeof statements)[number]) => {
    switch (makes.is) {
      case 'order-of-ids':
        return facts.columns.some(({ sqlName, collation }) => sqlName === 'id' && collation === 'C')
      case 'deferrable':
        return facts.deferrable.includes(makes.name)
      case 'trigger':
        return !outdated.includes(makes.name)
      case 'policy':
        return !outdatedPolicies.includes(makes.name)
      case 'row-security':
        return facts.rowSecurity
      case 'rights':
        return facts.rights
    }
  }
  const columns: PostgresColumn[] = []
  for (const { sqlName, sqlType, nullable, expression, made, filled } of facts.columns) {
    const held = made
      ? ({ is: 'computed' } as const)
      : await readDefault(client, synced, sqlName, sqlType, expression)
    columns.push({ sqlName, sqlType, nullable, ...(filled && { filled }), ...(held && { default: held }) })
  }
  const { primaryKey, selfCascades } = facts
  const lacking = statements.filter((one) => !isThere(one)).map(({ statement }) => statement)
  return {
    columns,
    primaryKey,
    selfCascades,
    lacking,
    strayValues: await readStrayValues(client, synced, columns),
  }
}

/** A default that is a plain value, as Postgres writes it. Nothing else is evaluated: it might have effects. */
const LITERAL = /^(?:E?'(?:[^']|'')*'(?:::[\w\s.()"]+(?:\[\])?)?|-?\d+(?:\.\d+)?|true|false)$/

async function readDefault(
  client: Client,
  { collection, declared }: Synced,
  sqlName: string,
  sqlType: string,
  expression: string | null,
): Promise<PostgresColumn['default']> {
  if (expression === null || expression.startsWith('NULL::')) return undefined
  if (!LITERAL.test(expression)) return { is: 'computed' }
  const answer = await client.query(`SELECT to_jsonb((${expression})::${sqlType}) AS value`)
  const { value } = v.parse(v.object({ value: valueSchema }), answer.rows[0])
  const name = declared.columns.find((column) => column.sqlName === sqlName)?.name
  const column = collection.columns.find((candidate) => candidate.name === name)
  return { is: 'value', value: column ? fromJsonb(column, sqlType, value) : value }
}

/** Some of each column's values that its list does not have. */
async function readStrayValues(
  client: Client,
  { declared, collection }: Synced,
  held: readonly PostgresColumn[],
): Promise<Map<string, string[]>> {
  const stray = new Map<string, string[]>()
  for (const { name, values } of collection.columns) {
    const sqlName = declared.columns.find((column) => column.name === name)?.sqlName
    const isText = held.some((column) => column.sqlName === sqlName && column.sqlType === 'text')
    if (!values || sqlName === undefined || !isText) continue
    const column = quote(sqlName)
    const { rows } = await client.query(
      `SELECT DISTINCT ${column} AS value FROM ${quote(declared.table)} WHERE ${column} <> ALL ($1) ORDER BY 1 LIMIT 5`,
      [values],
    )
    const found = v.parse(v.array(v.object({ value: v.string() })), rows)
    stray.set(
      sqlName,
      found.map(({ value }) => value),
    )
  }
  return stray
}
