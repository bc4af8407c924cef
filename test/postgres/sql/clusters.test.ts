import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { admitWorker } from '../../../dev/application-role.ts'
import { startNeonHttp } from '../../../dev/neon-http.ts'
import { startPostgres } from '../../../dev/postgres.ts'
import { createAllTenantsGateway } from '../../../src/postgres/all-tenants.ts'
import { createGateway } from '../../../src/postgres/gateway.ts'
import { migrateBoard } from '../../fixtures/board/migrate.ts'
import { app } from '../../fixtures/board/sync.ts'
import { dump, EVERY_RESTORING, passTransactions, restore } from '../../support/dump.ts'
import { batchOf, done, EPOCH, entry, insertAssignee, rowChanges, update } from '../support/edits.ts'

/** A migrated database, in a cluster of its own or beside another. */
type Place = {
  readonly connectionString: string
  readonly workerConnectionString: string
  readonly endpoint: string
  sql(text: string, params?: readonly unknown[]): Promise<Record<string, unknown>[]>
}

const cleanups: (() => Promise<unknown>)[] = []

async function serve(connectionString: string): Promise<Place> {
  await migrateBoard(connectionString)
  const workerConnectionString = await admitWorker(connectionString)
  const neon = await startNeonHttp({ connectionString, others: [workerConnectionString] })
  const pool = new pg.Pool({ connectionString, max: 2 })
  // In the end Postgres may be faster than its connections.
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
  cleanups.push(
    () => neon.stop(),
    () => pool.end(),
  )
  const sql = async (text: string, params: readonly unknown[] = []) =>
    (await pool.query(text, [...params])).rows
  return { connectionString, workerConnectionString, endpoint: neon.endpoint, sql }
}

async function startCluster(): Promise<Place> {
  const directory = await mkdtemp(join(tmpdir(), 'tidemark-test-'))
  const postgres = await startPostgres({ dataDir: join(directory, 'data') })
  const place = await serve(postgres.connectionString)
  cleanups.unshift(
    () => rm(directory, { recursive: true, force: true }),
    () => postgres.stop(),
  )
  return place
}

/** Another database in the same cluster. */
async function besides({ connectionString, sql }: Place, name: string): Promise<Place> {
  await sql(`CREATE DATABASE ${name}`)
  return serve(Object.assign(new URL(connectionString), { pathname: `/${name}` }).href)
}

const gatewayOf = ({ workerConnectionString: connectionString, endpoint }: Place, tenant: string) =>
  createGateway({ connectionString, fetchEndpoint: endpoint, tenant: () => tenant, app })

const place = { epoch: EPOCH, after: 1, head: 1 }
const old = { ok: false, failure: 'expired', message: expect.stringMatching(/^TM011/) }
/** Leaves nothing of any tenant. */
const empty = async ({ sql }: Place) => {
  await sql(`TRUNCATE assignees, cards, prizes, board_settings, tidemark.ledger, tidemark.client_mark,
    tidemark.epoch, tidemark.sync_change, tidemark.pruned, tidemark.reading, tidemark.manifest, tidemark.history_batch,
    tidemark.history_record, tidemark.conflict`)
}

let first: Place
let second: Place

beforeAll(async () => {
  first = await startCluster()
  // What it gives out is beyond what the other one will for a while.
  await passTransactions(first.connectionString, 3_000)
  second = await startCluster()
  for (const { sql } of [first, second])
    for (const table of ['history_batch', 'history_record'])
      await sql(`ALTER TABLE tidemark.${table} DISABLE TRIGGER USER`)
})

beforeEach(() => Promise.all([first, second].map(empty)))

afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup()
})

/**
 * A tenant with an assignee of its own log, and others' changes, read and unread. Returns the cursors of its reader.
 */
async function lived(at: Place, tenant: string) {
  const gateway = gatewayOf(at, tenant)
  const opened = await done(gateway.open(EPOCH))
  await done(gateway.apply(batchOf([entry(1, [insertAssignee('a1')])]), opened.cursor))
  await at.sql("UPDATE assignees SET city = 'Hull' WHERE tenant_id = $1", [tenant])
  await at.sql("INSERT INTO assignees (tenant_id, id, name) VALUES ($1, 'gone', 'Gone')", [tenant])
  await at.sql("DELETE FROM assignees WHERE tenant_id = $1 AND id = 'gone'", [tenant])
  const looked = await done(gateway.poll(place, opened.cursor))
  if (looked.is !== 'current') throw new Error('the ledger is not in order')
  const page = await done(gateway.page('assignees', { after: '', limit: 10 }))
  await at.sql("UPDATE assignees SET email = 'unread' WHERE tenant_id = $1", [tenant])
  return { opened: opened.cursor, read: looked.external.cursor, reached: page.at }
}

test.for(EVERY_RESTORING)(
  'EPO-30 a cursor of another cluster has expired, whichever of the two has given out more numbers (%s)',
  async (how) => {
    for (const [from, to] of [
      [first, second],
      [second, first],
    ] as const) {
      await Promise.all([first, second].map(empty))
      const { opened, read, reached } = await lived(from, 'moved')
      await restore(to.connectionString, await dump(from.connectionString), how)
      const there = gatewayOf(to, 'moved')
      const batch = batchOf([entry(2, [update('assignees', 'a1', { name: 'Ada' })])])
      for (const cursor of [opened, read]) {
        expect(await there.poll(place, cursor)).toMatchObject(old)
        expect(await there.apply(batch, cursor)).toMatchObject(old)
      }
      const page = await done(there.page('assignees', { after: '', limit: 10, reached }))
      const anew = await done(there.open('epoch-2'))
      const begun = { epoch: 'epoch-2', after: 0, head: 0 }
      expect(await there.poll(begun, anew.cursor, page.at)).toMatchObject(old)
      expect(await done(there.poll(begun, anew.cursor))).toMatchObject({
        is: 'current',
        external: { changes: [] },
      })
    }
  },
)

test.for(EVERY_RESTORING)(
  'EPO-31 who opens a tenant in another cluster reads each change made there once, and none from before (%s)',
  async (how) => {
    await lived(first, 'moved')
    await restore(second.connectionString, await dump(first.connectionString), how)
    const there = gatewayOf(second, 'moved')
    let { cursor } = await done(there.open('epoch-2'))
    const seen: unknown[] = []
    const look = async () => {
      const looked = await done(there.poll({ epoch: 'epoch-2', after: 0, head: 0 }, cursor))
      if (looked.is !== 'current') throw new Error('the ledger is not in order')
      cursor = looked.external.cursor
      seen.push(...rowChanges(looked.external.changes).map(({ after }) => after['city']))
    }
    await look()
    for (const city of ['one', 'two']) {
      await second.sql("UPDATE assignees SET city = $1 WHERE tenant_id = 'moved'", [city])
      await look()
      // Its numbers pass those that the other cluster gave out.
      await passTransactions(second.connectionString, 4_000)
      await look()
    }
    expect(seen).toEqual(['one', 'two'])
  },
)

test.for(EVERY_RESTORING)(
  'EPO-32 what was deleted in another cluster keeps nobody from opening the tenant, nor does what of it is deleted here (%s)',
  async (how) => {
    for (const [from, to] of [
      [first, second],
      [second, first],
    ] as const) {
      await Promise.all([first, second].map(empty))
      await lived(from, 'moved')
      await from.sql("SELECT tidemark.prune_changes('0 s')")
      await from.sql("UPDATE assignees SET email = 'late' WHERE tenant_id = 'moved'")
      await restore(to.connectionString, await dump(from.connectionString), how)
      const there = gatewayOf(to, 'moved')
      const { cursor } = await done(there.open('epoch-2'))
      const begun = { epoch: 'epoch-2', after: 0, head: 0 }
      const nothing = { is: 'current', external: { changes: [] } }
      expect(await done(there.poll(begun, cursor))).toMatchObject(nothing)
      await to.sql("SELECT tidemark.prune_changes('0 s')")
      expect(await done(there.poll(begun, cursor))).toMatchObject(nothing)
      await to.sql("UPDATE assignees SET email = 'new' WHERE tenant_id = 'moved'")
      await to.sql("SELECT tidemark.prune_changes('0 s')")
      expect(await there.poll(begun, cursor)).toMatchObject(old)
      const again = await done(there.open('epoch-3'))
      expect(await done(there.poll({ ...begun, epoch: 'epoch-3' }, again.cursor))).toMatchObject(nothing)
    }
  },
)

test('EPO-33 the registry finds every tenant changed in another cluster, and then those that were changed there', async () => {
  await lived(first, 'moved')
  const watching = ({ workerConnectionString: connectionString, endpoint }: Place) =>
    createAllTenantsGateway({ connectionString, fetchEndpoint: endpoint })
  const before = await done(watching(first).changed('', ['moved', 'other']))
  await restore(second.connectionString, await dump(first.connectionString), 'whole')
  const [watch, tenants] = [watching(second), ['moved', 'other']]
  const moved = await done(watch.changed(before.cursor, tenants))
  expect(moved.tenants).toEqual(tenants)
  expect((await done(watch.changed(moved.cursor, tenants))).tenants).toEqual([])
  await passTransactions(second.connectionString, 4_000)
  expect((await done(watch.changed(moved.cursor, tenants))).tenants).toEqual([])
  await second.sql("UPDATE assignees SET city = 'York' WHERE tenant_id = 'moved'")
  expect((await done(watch.changed(moved.cursor, tenants))).tenants).toEqual(['moved'])
})

test('EPO-34 a dump restored beside its original, or back over it, is another database, too', async () => {
  const { read } = await lived(first, 'moved')
  const dumped = await dump(first.connectionString)
  const beside = await besides(first, 'beside')
  await restore(beside.connectionString, dumped, 'whole')
  expect(await gatewayOf(beside, 'moved').poll(place, read)).toMatchObject(old)
  expect(await gatewayOf(first, 'moved').poll(place, read)).toMatchObject({ ok: true })
  await empty(first)
  await restore(first.connectionString, dumped, 'whole')
  expect(await gatewayOf(first, 'moved').poll(place, read)).toMatchObject(old)
})

test('EPO-35 a cursor that names no cluster has expired, also where it was read', async () => {
  const { read } = await lived(first, 'moved')
  const unnamed = read.split('@').at(-1) ?? ''
  expect(await gatewayOf(first, 'moved').poll(place, unnamed)).toMatchObject(old)
  expect(await done(gatewayOf(first, 'moved').poll(place, read))).toMatchObject({
    external: { changes: [{ after: { email: 'unread' } }] },
  })
})

test('EPO-36 the name of a cluster asks for no right, is the same for every role, and stays', async () => {
  const client = new pg.Client({ connectionString: first.connectionString })
  await client.connect()
  const name = async () => (await client.query('SELECT tidemark.cluster_name() AS name')).rows[0]?.name
  const owners = await name()
  for (const how of ['FULL', 'FREEZE']) await client.query(`VACUUM ${how} tidemark.cluster`)
  expect(await name()).toBe(owners)
  await client.query(
    `BEGIN; CREATE ROLE plain; GRANT USAGE ON SCHEMA tidemark TO plain;
      GRANT EXECUTE ON FUNCTION tidemark.cluster_name() TO plain; SET LOCAL ROLE plain`,
  )
  expect(await name()).toBe(owners)
  await client.query('ROLLBACK')
  // An owner who may not read the system identifier.
  await client.query(`BEGIN; CREATE ROLE keeper; GRANT USAGE ON SCHEMA tidemark TO keeper;
    GRANT SELECT ON tidemark.cluster TO keeper; REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC;
    GRANT CREATE ON SCHEMA tidemark TO keeper; ALTER FUNCTION tidemark.cluster_name() OWNER TO keeper`)
  expect(await name()).toMatch(/^-?\d+$/)
  expect(await name()).not.toBe(owners)
  await client.query('ROLLBACK')
  await client.end()
})

test('PG-94 changes that were deleted before a cursor began expire it never, however long a transaction stays open', async () => {
  const open = new pg.Client({ connectionString: first.connectionString })
  await open.connect()
  await open.query('BEGIN; SELECT pg_current_xact_id()')
  await lived(first, 'pruned')
  await first.sql("SELECT tidemark.prune_changes('0 s')")
  const gateway = gatewayOf(first, 'pruned')
  const { cursor } = await done(gateway.open('epoch-2'))
  const begun = { epoch: 'epoch-2', after: 0, head: 0 }
  expect(await done(gateway.poll(begun, cursor))).toMatchObject({ is: 'current' })
  await first.sql("UPDATE assignees SET city = 'York' WHERE tenant_id = 'pruned'")
  await first.sql("SELECT tidemark.prune_changes('0 s')")
  expect(await gateway.poll(begun, cursor)).toMatchObject(old)
  await open.query('COMMIT')
  await open.end()
})
