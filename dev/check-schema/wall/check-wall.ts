import type { Client } from 'pg'
import * as v from 'valibot'
import { APPLICATION_ROLE } from '../../application-role.ts'
import { readRights } from '../../sql-folder/describe-schema.ts'
import { readFolder, type SqlFile } from '../../sql-folder/read-folder.ts'
import { isRole } from '../find-outdated-policies.ts'
import { type Finding, stop } from '../finding.ts'
import { compareWall } from './compare-wall.ts'
import { readWall } from './read-wall.ts'

/**
 * Checks the second wall of a database: the role that the Worker connects as, what it may do, and the policies that
 * bind it. Needs a transaction, which it leaves as it was. Throws when it is asked as that role.
 *
 * @param tables the names of the synced tables
 */
export async function checkWall(client: Client, tables: readonly string[]): Promise<Finding[]> {
  const { rows } = await client.query("SELECT to_regnamespace('tidemark') IS NOT NULL AS is_there")
  // What has to be migrated is said elsewhere.
  if (rows[0]?.is_there !== true) return []
  if (!(await isRole(client, APPLICATION_ROLE)))
    return [stop(APPLICATION_ROLE, 'there is no such role. Run tidemark migrate.')]
  const files = await readFolder()
  const own = {
    functions: files.flatMap(({ function: name }) => name ?? []),
    tables: files.flatMap(({ text }) =>
      [...text.matchAll(/^CREATE (?:TABLE|VIEW) tidemark\.(\w+)/gm)].flatMap(([, name]) => name ?? []),
    ),
  }
  const isOwn = (what: string) => {
    const [, kind = '', name = ''] = /^rights on (\w+) (?:tidemark\.)?(\w+)/.exec(what) ?? []
    return kind === 'schema' || (kind === 'function' ? own.functions : own.tables).includes(name)
  }
  const rights = await compareRights(client, files)
  return [...compareWall(await readWall(client, tables, own)), ...rights.filter(({ place }) => isOwn(place))]
}

/** Where more or less may be done than the engine lists: it is listed anew, and what that changes is taken back. */
async function compareRights(client: Client, files: readonly SqlFile[]): Promise<Finding[]> {
  const before = await readRights(client)
  await client.query('SAVEPOINT rights')
  try {
    for (const statement of files.filter(({ isRights }) => isRights).flatMap((file) => file.statements))
      await client.query(statement)
    const listed = await readRights(client)
    return [...listed].flatMap(([what, rights]) =>
      before.get(what) === rights
        ? []
        : [
            stop(
              what,
              `are "${before.get(what) ?? ''}", and listed is "${rights}". Run tidemark migrate; if all is applied, run the statements of src/postgres/sql/access/grants.sql.`,
            ),
          ],
    )
  } finally {
    await client.query('ROLLBACK TO rights')
  }
}

/** Refuses a connection string of the Worker's: whoever is bound cannot look at the whole. */
export async function refuseBound(client: Client): Promise<void> {
  const { rows } = await client.query(
    'SELECT current_user AS name, EXISTS (SELECT FROM pg_roles WHERE rolname = $1 AND pg_has_role(current_user, oid, $2)) AND NOT (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user) AS bound',
    [APPLICATION_ROLE, 'USAGE'],
  )
  const { name, bound } = v.parse(v.object({ name: v.string(), bound: v.boolean() }), rows[0])
  if (bound) throw new Error(`${name} is the Worker's role. Check with the owner's connection string.`)
}
