import { join } from 'node:path'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import type pg from 'pg'
import * as v from 'valibot'
import { PACKAGE_ROOT } from './package-root.ts'

/** A list of migrations that only ever grows, and the table in which a database notes what it has of it. */
export type History = {
  /** Whose they are, for people. */
  readonly of: string
  readonly folder: string
  /** In the schema `drizzle`. */
  readonly table: string
}

/** The schema `tidemark`, which is the same for every application. */
export const ENGINE: History = {
  of: 'the engine',
  folder: join(PACKAGE_ROOT, 'migrations'),
  table: '__tidemark_migrations',
}

/** An application's own tables, and their triggers, which call the engine's functions. */
export const applicationIn = (folder: string): History => ({
  of: 'the application',
  folder,
  table: '__drizzle_migrations',
})

/** A database with which these migrations have nothing to do. Its message says what to do instead. */
export class OtherHistory extends Error {}

/** How many migrations a database has still to take, of how many. */
export type Progress = { readonly pending: number; readonly total: number }

const appliedSchema = v.array(v.object({ hash: v.string(), at: v.pipe(v.string(), v.toNumber()) }))

/**
 * Reads how far a database is. One that is ahead, because a newer version has migrated it, has nothing to take.
 * Throws an OtherHistory where it has taken other migrations, or has the engine's schema from none at all.
 */
export async function readProgress(client: pg.Client, history: History): Promise<Progress> {
  const wanted = readMigrationFiles({ migrationsFolder: history.folder })
  const applied = await readApplied(client, history.table)
  const both = Math.min(wanted.length, applied.length)
  const isSame = wanted
    .slice(0, both)
    .every(({ hash, folderMillis }, i) => applied[i]?.hash === hash && applied[i]?.at === folderMillis)
  const isStray =
    history.table === ENGINE.table &&
    applied.length === 0 &&
    (await exists(client, 'to_regnamespace', 'tidemark'))
  if (!isSame || isStray) throw new OtherHistory(describeOther(history))
  return { pending: wanted.length - both, total: wanted.length }
}

function describeOther({ of, folder }: History): string {
  return (
    `This database was made by other migrations than those of ${of} in ${folder}, such as those of an earlier ` +
    'development version. No migration leads from there to here, and nothing was changed in it. Use an empty ' +
    'database; `tidemark dev --fresh` drops the local one and makes it anew.'
  )
}

async function readApplied(client: pg.Client, table: string): Promise<v.InferOutput<typeof appliedSchema>> {
  const place = `drizzle.${table}`
  if (!(await exists(client, 'to_regclass', place))) return []
  const { rows } = await client.query(`SELECT hash, created_at::text AS at FROM ${place} ORDER BY created_at`)
  return v.parse(appliedSchema, rows)
}

async function exists(
  client: pg.Client,
  look: 'to_regclass' | 'to_regnamespace',
  name: string,
): Promise<boolean> {
  const { rows } = await client.query(`SELECT ${look}($1) IS NOT NULL AS is_there`, [name])
  return rows[0]?.is_there === true
}
