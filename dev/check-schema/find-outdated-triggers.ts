import type { Client } from 'pg'
import * as v from 'valibot'
import { quote } from './quote.ts'

const triggersSchema = v.array(v.object({ name: v.string(), definition: v.string(), enabled: v.boolean() }))

/** O and A of pg_trigger.tgenabled: it fires for everybody's writes. */
const TRIGGERS = `
  SELECT tgname AS name, pg_get_triggerdef(oid) AS definition, tgenabled IN ('O', 'A') AS enabled
    FROM pg_trigger WHERE tgrelid = $1 AND NOT tgisinternal`

/**
 * The triggers that a table lacks, or has in another form. Postgres writes definitions in words of its
 * own, so the wanted ones are made on a temporary table of the same name and compared as it writes them.
 */
export async function findOutdatedTriggers(
  client: Client,
  wanted: {
    table: string
    oid: number
    triggers: readonly { readonly name: string; readonly statement: string }[]
  },
): Promise<string[]> {
  const { table, oid, triggers } = wanted
  const names = triggers.map(({ name }) => name)
  const actual = await readTriggers(client, oid)
  const found = await client.query("SELECT to_regproc('tidemark.capture_change') IS NOT NULL AS is_there")
  // Without the engine's functions there can be none.
  if (found.rows[0]?.is_there !== true) return names
  await client.query('SAVEPOINT probe')
  await client.query(`CREATE TEMPORARY TABLE ${quote(table)} (tenant_id text, id text)`)
  for (const { statement } of triggers) await client.query(statement)
  const probe = await client.query('SELECT to_regclass($1)::oid AS oid', [`pg_temp.${quote(table)}`])
  const expected = await readTriggers(client, v.parse(v.number(), probe.rows[0]?.oid))
  await client.query('ROLLBACK TO probe')
  return names.filter((name) => {
    const definition = actual.get(name)
    return definition === undefined || definition !== expected.get(name)
  })
}

/** The definitions of the triggers that fire, with the table's place left out. */
async function readTriggers(client: Client, oid: number): Promise<Map<string, string>> {
  const { rows } = await client.query(TRIGGERS, [oid])
  const firing = v.parse(triggersSchema, rows).filter(({ enabled }) => enabled)
  return new Map(firing.map(({ name, definition }) => [name, definition.replace(/ ON \S+ FOR /, ' FOR ')]))
}
