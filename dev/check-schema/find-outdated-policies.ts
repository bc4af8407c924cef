import type { Client } from 'pg'
import * as v from 'valibot'
import { APPLICATION_ROLE } from '../application-role.ts'
import { quote } from './quote.ts'

const policiesSchema = v.array(v.object({ name: v.string(), definition: v.string() }))

const POLICIES = `
  SELECT polname AS name,
      concat_ws(
        ' ', polpermissive, polcmd, polroles::regrole[], pg_get_expr(polqual, polrelid),
        'checked by', pg_get_expr(polwithcheck, polrelid)
      ) AS definition
    FROM pg_policy WHERE polrelid = $1`

/**
 * The policies that a table lacks, or has in another form. As for triggers, the wanted ones are made on a temporary
 * table of the same name and compared as Postgres writes them.
 */
export async function findOutdatedPolicies(
  client: Client,
  wanted: {
    table: string
    oid: number
    policies: readonly { readonly name: string; readonly statement: string }[]
  },
): Promise<string[]> {
  const { table, oid, policies } = wanted
  const names = policies.map(({ name }) => name)
  // Without the role there can be none.
  if (!(await isRole(client, APPLICATION_ROLE))) return names
  const actual = await readPolicies(client, oid)
  await client.query('SAVEPOINT probe')
  await client.query(`CREATE TEMPORARY TABLE ${quote(table)} (tenant_id text, id text)`)
  for (const { statement } of policies) await client.query(statement)
  const probe = await client.query('SELECT to_regclass($1)::oid AS oid', [`pg_temp.${quote(table)}`])
  const expected = await readPolicies(client, v.parse(v.number(), probe.rows[0]?.oid))
  await client.query('ROLLBACK TO probe')
  return names.filter((name) => {
    const definition = actual.get(name)
    return definition === undefined || definition !== expected.get(name)
  })
}

/** Whether the cluster has a role of this name. */
export async function isRole(client: Client, name: string): Promise<boolean> {
  const { rows } = await client.query('SELECT to_regrole(quote_ident($1)) IS NOT NULL AS is_there', [name])
  return rows[0]?.is_there === true
}

async function readPolicies(client: Client, oid: number): Promise<Map<string, string>> {
  const { rows } = await client.query(POLICIES, [oid])
  return new Map(v.parse(policiesSchema, rows).map(({ name, definition }) => [name, definition]))
}
