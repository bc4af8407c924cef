import { execFile } from 'node:child_process'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { openDatabase } from '../../../dev/database.ts'
import { APPLICATION, HISTORIES } from '../../../dev/invoices/histories.ts'
import { migrate } from '../../../dev/migrate.ts'
import { addMigration, beginMigrations } from '../../../dev/migration-folder.ts'
import { ENGINE, type History, OtherHistory } from '../../../dev/migration-history.ts'
import { Steps } from '../../../dev/steps.ts'
import { UsageError } from '../../../dev/usage-error.ts'
import { copyOf } from '../../postgres/support/copy-of.ts'
import { useDatabase } from '../../postgres/support/database.ts'

const database = useDatabase()
const PROJECT = fileURLToPath(new URL('../../..', import.meta.url))

let made = 0

/** An empty database, and what is in it. */
async function emptyDatabase() {
  const name = `scratch_${++made}`
  await database.sql(`CREATE DATABASE ${name}`)
  const { href } = Object.assign(new URL(database.postgres.connectionString), { pathname: `/${name}` })
  const client = await database.session({ pathname: `/${name}` })
  const contents = async () => ({
    relations: (
      await client.query(
        "SELECT oid, relname FROM pg_class WHERE relnamespace > 16383 OR relnamespace = 'public'::regnamespace ORDER BY oid",
      )
    ).rows,
    functions: (await client.query('SELECT oid, xmin::text FROM pg_proc WHERE oid > 16383 ORDER BY oid'))
      .rows,
  })
  return { href, sql: (text: string) => client.query(text), contents }
}

/** What a database has of the migrations that an earlier development version applied: each of them in one list. */
const EARLIER = `
  CREATE SCHEMA drizzle;
  CREATE TABLE drizzle.__drizzle_migrations (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at bigint);
  INSERT INTO drizzle.__drizzle_migrations (hash, created_at)
    SELECT md5(place::text), 1795369433244 + place * 1000 FROM generate_series(1, 32) AS place;
  CREATE TABLE contacts (tenant_id text, id text, name text, PRIMARY KEY (tenant_id, id));
  CREATE SCHEMA tidemark;
  CREATE TABLE tidemark.ledger (tenant_id text PRIMARY KEY, epoch text, last_up_to bigint);
  CREATE FUNCTION tidemark.open_tenant(text, text) RETURNS int LANGUAGE sql AS 'SELECT 1'`

const WAY_OUT = /made by other migrations than those of the .*nothing was changed in it.*tidemark dev --fresh/

it('SQL-6 a database that is migrated again stays as it is, and so does one that a newer version has migrated', async () => {
  const { href, contents } = await emptyDatabase()
  await migrate(href, HISTORIES)
  const before = await contents()
  expect(before.relations.length).toBeGreaterThan(20)
  await migrate(href, HISTORIES)
  expect(await contents()).toEqual(before)
  const newer = await newerThan(ENGINE)
  await migrate(href, [newer, APPLICATION])
  const after = await contents()
  await migrate(href, HISTORIES)
  expect(await contents()).toEqual(after)
})

async function newerThan(history: History): Promise<History> {
  const folder = await copyOf(history.folder)
  await addMigration(folder, 'newer', 'CREATE TABLE tidemark.newer (x int);')
  return { ...history, folder }
}

it.each<[string, (sql: (text: string) => Promise<unknown>, href: string) => Promise<unknown>]>([
  ['that an earlier development version made', (sql) => sql(EARLIER)],
  ['with a schema of the engine that no migration made', (sql) => sql('CREATE SCHEMA tidemark')],
  [
    'of an earlier baseline',
    async (_, href) => {
      const folder = await copyOf(ENGINE.folder)
      await beginMigrations(folder, 'engine', 'CREATE SCHEMA tidemark')
      await migrate(href, [{ ...ENGINE, folder }])
    },
  ],
  [
    'of which a migration was changed after it had been applied',
    async (sql, href) => {
      await migrate(href, HISTORIES)
      await sql("UPDATE drizzle.__tidemark_migrations SET hash = md5('')")
    },
  ],
  [
    'with other migrations of the application',
    async (sql, href) => {
      await migrate(href, HISTORIES)
      await sql('UPDATE drizzle.__drizzle_migrations SET created_at = created_at - 1')
    },
  ],
])('SQL-6 a database %s is refused with the way out, and left as it is', async (_, make) => {
  const { href, sql, contents } = await emptyDatabase()
  await make(sql, href)
  const before = await contents()
  const refused = await migrate(href, HISTORIES).catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(OtherHistory)
  expect(String(refused)).toMatch(WAY_OUT)
  expect(await contents()).toEqual(before)
})

it('SQL-6 npm run dev and npm run db:migrate say so in a sentence', async () => {
  const { href, sql } = await emptyDatabase()
  await sql(EARLIER)
  const options = { port: 1, fresh: false, databaseUrl: href, workerUrl: undefined }
  const told = openDatabase(options, [], {
    steps: new Steps(() => undefined),
    signal: new AbortController().signal,
    histories: HISTORIES,
  })
  await expect(told).rejects.toThrow(UsageError)
  await expect(told).rejects.toThrow(WAY_OUT)
  const env = { ...process.env, DATABASE_URL: href }
  const run = promisify(execFile)(process.execPath, ['src/cli/main.ts', 'migrate'], { cwd: PROJECT, env })
  const failed: unknown = await run.catch((error: unknown) => error)
  expect(failed).toMatchObject({ code: 1, stderr: expect.stringMatching(/^This database was made by other/) })
  expect(failed).toMatchObject({ stderr: expect.not.stringContaining('    at ') })
})

it('SQL-7 the engine’s schema is made before the application’s tables, whose triggers call its functions', async () => {
  const { href, sql } = await emptyDatabase()
  await expect(migrate(href, [APPLICATION])).rejects.toThrow()
  expect((await sql("SELECT to_regclass('contacts') AS contacts")).rows).toEqual([{ contacts: null }])
  await migrate(href, [ENGINE])
  await migrate(href, HISTORIES)
  await sql("INSERT INTO contacts (tenant_id, id, name) VALUES ('t', 'c1', 'Ada')")
  expect((await sql('SELECT table_name FROM tidemark.sync_change')).rows).toEqual([
    { table_name: 'contacts' },
  ])
})
