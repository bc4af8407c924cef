import pg from 'pg'
import * as v from 'valibot'
import { type Manifest, manifestSchema } from '../../src/protocol/manifest.ts'
import type { History } from '../migration-history.ts'
import { comparePostgres } from './compare-postgres.ts'
import { compareServed } from './compare-served.ts'
import { findPending } from './find-pending.ts'
import type { Finding } from './finding.ts'
import { readTable, type Synced } from './read-table.ts'
import { checkWall, refuseBound } from './wall/check-wall.ts'

/** What is compared with a database. */
export type Declared = {
  readonly manifest: Manifest
  readonly tables: readonly Synced[]
  readonly histories: readonly History[]
  /** Roles of other programs that go on seeing the rows of all tenants. */
  readonly otherRoles?: readonly string[]
}

/**
 * Compares an application with a database, and with what objects serve to its clients now. Changes
 * nothing there. Throws when the database cannot be asked.
 *
 * @param allowed collections and columns of which a removal or narrowing is meant
 */
export async function checkSchema(
  connectionString: string,
  { manifest, tables, histories, otherRoles = [] }: Declared,
  allowed: readonly string[],
): Promise<Finding[]> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    await refuseBound(client)
    await client.query('BEGIN')
    const findings = await findPending(client, histories)
    for (const synced of tables)
      findings.push(...comparePostgres(synced.declared, await readTable(client, synced, otherRoles)))
    findings.push(
      ...(await checkWall(
        client,
        tables.map(({ declared }) => declared.table),
      )),
    )
    const served = await readServed(client)
    if (served) findings.push(...compareServed(served, manifest, allowed))
    await client.query('ROLLBACK')
    return findings
  } finally {
    await client.end()
  }
}

/** What the newest Worker serves, as its objects have told; undefined before the first. */
async function readServed(client: pg.Client): Promise<Manifest | undefined> {
  if (!(await exists(client, 'tidemark.manifest'))) return undefined
  const { rows } = await client.query(
    'SELECT manifest FROM tidemark.manifest ORDER BY served_at DESC LIMIT 1',
  )
  const [served] = v.parse(v.array(v.object({ manifest: manifestSchema })), rows)
  return served?.manifest
}

async function exists(client: pg.Client, table: string): Promise<boolean> {
  const { rows } = await client.query('SELECT to_regclass($1) IS NOT NULL AS is_there', [table])
  return rows[0]?.is_there === true
}
