import { expect, test } from 'vitest'
import { triggersMigration } from '../../../dev/generate-triggers.ts'
import { readMigrations } from '../../../dev/migration-folder.ts'
import { readFolder } from '../../../dev/sql-folder/read-folder.ts'
import { BOARD_HISTORY } from '../../fixtures/board/migrate.ts'
import * as schema from '../../fixtures/board/schema.ts'
import { useDatabase } from '../support/database.ts'
import { batchOf, done, EPOCH, entry, insertAssignee, insertCard, update } from '../support/edits.ts'

const database = useDatabase()
const TABLES = [schema.assignees, schema.cards, schema.prizes, schema.boardSettings]

async function opened(tenant: string) {
  const gateway = database.gateway(tenant)
  await done(gateway.open(EPOCH))
  await done(gateway.apply(batchOf([entry(1, [insertAssignee('a1'), insertCard('c1')])])))
  return gateway
}

async function asWorker(tenant: string) {
  const { username, password } = new URL(database.workerConnectionString)
  const session = await database.session({ username, password })
  await session.query("SELECT set_config('tidemark.tenant', $1, false)", [tenant])
  return session
}

test('WAL-5 the application role owns nothing, inherits nothing and has no power', async () => {
  expect(
    await database.sql(
      `SELECT rolsuper, rolbypassrls, rolinherit, rolcreaterole, rolcreatedb, rolreplication,
           (SELECT count(*)::int FROM pg_class WHERE relowner = pg_roles.oid) AS owned,
           (SELECT count(*)::int FROM pg_auth_members WHERE member = pg_roles.oid) AS groups
         FROM pg_roles WHERE rolname = 'tidemark_app'`,
    ),
  ).toEqual([
    {
      rolsuper: false,
      rolbypassrls: false,
      rolinherit: false,
      rolcreaterole: false,
      rolcreatedb: false,
      rolreplication: false,
      owned: 0,
      groups: 0,
    },
  ])
})

test('WAL-5 nobody but its owner and the application role may call a function of the engine', async () => {
  const others = await database.sql(
    `SELECT oid::regprocedure::text AS name, grantee::regrole::text AS role
       FROM pg_proc CROSS JOIN LATERAL aclexplode(coalesce(proacl, acldefault('f', proowner)))
       WHERE pronamespace = 'tidemark'::regnamespace
         AND grantee NOT IN (proowner, 'tidemark_app'::regrole)`,
  )
  expect(others).toEqual([])
})

test('WAL-5 of the functions that run with their owner’s rights it may call those that are about all tenants', async () => {
  const found = await database.sql(
    `SELECT proname AS name FROM pg_proc
       WHERE pronamespace = 'tidemark'::regnamespace AND prosecdef
         AND has_function_privilege('tidemark_app', oid, 'EXECUTE') ORDER BY 1`,
  )
  expect(found.map(({ name }) => name)).toEqual([
    'changed_tenants',
    'cluster_name',
    'prune_changes',
    'serve_manifest',
  ])
})

test('WAL-6 each function has a search path of its own, or is bound to what it names', async () => {
  const loose = await database.sql(
    `SELECT proname FROM pg_proc WHERE pronamespace = 'tidemark'::regnamespace AND prosqlbody IS NULL
       AND NOT EXISTS (SELECT FROM unnest(proconfig) AS setting WHERE setting LIKE 'search\\_path=pg\\_catalog,%')`,
  )
  expect(loose).toEqual([])
  expect((await readFolder()).length).toBeGreaterThan(70)
})

test('WAL-6 a table of the same name earlier in the path of its session is not what an edit is written to', async () => {
  const gateway = await opened('shadowed')
  await database.sql(
    `CREATE SCHEMA trap; CREATE TABLE trap.assignees (LIKE public.assignees INCLUDING ALL);
     GRANT USAGE ON SCHEMA trap TO tidemark_app; GRANT ALL ON trap.assignees TO tidemark_app;
     CREATE FUNCTION trap.relation(text) RETURNS text LANGUAGE sql AS 'SELECT ''trap.assignees''';
     ALTER ROLE tidemark_app SET search_path = trap, public`,
  )
  try {
    const session = await asWorker('shadowed')
    expect((await session.query('SHOW search_path')).rows).toEqual([{ search_path: 'trap, public' }])
    await session.query(
      'SELECT tidemark.insert_rows(\'shadowed\', \'assignees\', \'{id,name}\', \'[{"id": "a9", "name": ""}]\')',
    )
    expect(await database.sql('SELECT * FROM trap.assignees')).toEqual([])
    expect(await done(gateway.count('assignees'))).toBe(2)
  } finally {
    await database.sql('ALTER ROLE tidemark_app RESET search_path; DROP SCHEMA trap CASCADE')
  }
})

test('WAL-7 what others write is recorded, whatever tenant they name and whatever rights they have here', async () => {
  const gateway = await opened('written')
  const text = triggersMigration(TABLES, await readMigrations(BOARD_HISTORY.folder), ['importer']) ?? ''
  await database.sql(
    "CREATE ROLE importer LOGIN PASSWORD 'x'; GRANT SELECT, INSERT, UPDATE, DELETE ON assignees TO importer",
  )
  const importer = await database.session({ username: 'importer', password: 'x' })
  expect((await importer.query("SELECT id FROM assignees WHERE tenant_id = 'written'")).rows).toEqual([])
  await database.sql(text)
  await importer.query("SELECT set_config('tidemark.tenant', 'another', false)")
  await importer.query("INSERT INTO assignees (tenant_id, id, name) VALUES ('written', 'i1', '')")
  await importer.query("UPDATE assignees SET city = 'York' WHERE tenant_id = 'written' AND id = 'a1'")
  await importer.query("DELETE FROM assignees WHERE tenant_id = 'written' AND id = 'i1'")
  await database.sql("UPDATE assignees SET city = 'Bath' WHERE tenant_id = 'written' AND id = 'a1'")
  await expect(importer.query('SELECT * FROM tidemark.sync_change')).rejects.toMatchObject({ code: '42501' })
  const { changes } = await done(gateway.changes())
  expect(changes.map(({ kind, by }) => [kind, by])).toEqual([
    ['insert', 'importer'],
    ['update', 'importer'],
    ['delete', 'importer'],
    ['update', 'postgres'],
  ])
})

test('WAL-8 a role that is named sees the rows of all tenants as before, and there is one migration for it', async () => {
  const migrations = await readMigrations(BOARD_HISTORY.folder)
  const text = triggersMigration(TABLES, migrations, ['Reporting "tool"']) ?? ''
  await database.sql(
    `CREATE ROLE "Reporting ""tool""" LOGIN PASSWORD 'x'; GRANT SELECT ON cards TO "Reporting ""tool"""`,
  )
  await opened('reported-1')
  await opened('reported-2')
  const tool = await database.session({ username: encodeURIComponent('Reporting "tool"'), password: 'x' })
  const read = async () =>
    (await tool.query("SELECT tenant_id FROM cards WHERE tenant_id LIKE 'reported-%' ORDER BY 1")).rows
  expect(await read()).toEqual([])
  await database.sql(text)
  expect(await read()).toEqual([{ tenant_id: 'reported-1' }, { tenant_id: 'reported-2' }])
  expect(triggersMigration(TABLES, [...migrations, text], ['Reporting "tool"'])).toBeUndefined()
})

test('WAL-12 behind the policies the steps of a row, the unread changes and a page are found by an index', async () => {
  await opened('planned')
  await database.sql(
    `INSERT INTO assignees (tenant_id, id, name) SELECT 'planned', 'n' || n, '' FROM generate_series(1, 2000) AS n`,
  )
  await database.sql('ANALYZE assignees; ANALYZE tidemark.sync_change')
  const session = await asWorker('planned')
  await session.query('SET enable_seqscan = off; SET enable_bitmapscan = off')
  const plan = async (text: string) =>
    (await session.query(`EXPLAIN (COSTS OFF) ${text}`)).rows.map((row) => row['QUERY PLAN']).join('\n')
  const steps = await plan(
    `SELECT (SELECT count(*) FROM tidemark.row_steps(one)) FROM tidemark.sync_change AS one WHERE tenant_id = 'planned'`,
  )
  expect(steps).toMatch(/Index Cond: .*xid = .*\(row_id\)::name = /)
  const unread = await plan(
    `SELECT * FROM tidemark.unread('planned', tidemark.parse_cursor(tidemark.cursor_text(pg_current_snapshot())))`,
  )
  expect(unread).toMatch(/Index Cond: .*xid >= /)
  const page = await plan(
    `SELECT id FROM assignees WHERE tenant_id = 'planned' AND id COLLATE "C" > 'n5' ORDER BY id COLLATE "C" LIMIT 10`,
  )
  expect(page).toMatch(/Index Cond: .*id > 'n5'/)
})

test('WAL-4 a customer’s policy that lets everybody at every row opens nothing to the application role', async () => {
  await opened('left')
  await opened('right')
  await database.sql('CREATE POLICY everybody ON cards USING (true)')
  const session = await asWorker('left')
  const seen = await session.query('SELECT DISTINCT tenant_id FROM cards')
  expect(seen.rows).toEqual([{ tenant_id: 'left' }])
  await session.query("UPDATE cards SET notes = 'mine'")
  expect(await done(database.gateway('right').page('cards', { after: '', limit: 9 }))).toMatchObject({
    rows: [{ notes: '' }],
  })
})

test('WAL-7 edits go on through the named tenant while others write', async () => {
  const gateway = await opened('both')
  await database.sql("UPDATE cards SET notes = 'theirs' WHERE tenant_id = 'both'")
  const mine = batchOf([entry(2, [update('assignees', 'a1', { city: 'Leeds' })])])
  expect(await done(gateway.apply(mine))).toMatchObject({
    applied: 2,
    external: { changes: [{ collection: 'cards', after: { notes: 'theirs' } }] },
  })
})
