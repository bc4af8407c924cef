import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { readFolder } from '../../../dev/sql-folder/read-folder.ts'
import type { HistoryPort } from '../../../src/core/history/history-port.ts'
import type { AllTenantsPort } from '../../../src/core/outbox/all-tenants-port.ts'
import type { PostgresPort } from '../../../src/core/outbox/postgres-port.ts'
import { createAllTenantsGateway } from '../../../src/postgres/all-tenants.ts'
import { createGateway } from '../../../src/postgres/gateway.ts'
import { app } from '../../fixtures/board/sync.ts'
import { useDatabase } from '../support/database.ts'
import { EPOCH, emptyBatch } from '../support/edits.ts'
import { forgingEndpoint } from '../support/named-tenant.ts'
import {
  allOf,
  fillBoth,
  gatewaysOf,
  MARK,
  next,
  OTHER,
  OWN,
  tablesOfTenants,
} from '../support/two-tenants.ts'

const database = useDatabase()
const endpoint = await forgingEndpoint(() => database.endpoint)

beforeAll(() => fillBoth(database))
afterEach(() => endpoint.forge(undefined))

/** The whole of a table, by any of its ids. */
const EVERYTHING = { collection: 'cards', after: '', upTo: undefined, limit: 10, whole: true }
const place = { epoch: EPOCH, after: 1, head: 1 }
/** Reads nothing as yet: a cursor from the beginning. */
const beginning = () => database.beginning

type Ask = (port: PostgresPort) => Promise<unknown>

/**
 * Every operation of a tenant's gateway, in an order in which each finds what it needs. A new one does not compile
 * before it is here.
 */
const OPERATIONS: Record<keyof PostgresPort, Ask | 'of no tenant'> = {
  count: (port) => port.count('cards'),
  page: (port) => port.page('cards', { after: '', limit: 10 }),
  columns: (port) => port.columns('cards', ['notes'], { after: '', limit: 10 }),
  range: (port) => port.range(EVERYTHING, place, beginning()),
  poll: (port) => port.poll(place, beginning()),
  knows: (port) => port.knows(OTHER),
  apply: async (port) => port.apply(next.batch(), await cursorOf()),
  propose: async (port) => port.propose(emptyBatch(2), next.proposal(), await cursorOf()),
  open: (port) => port.open('epoch-of-another'),
  revoke: (port) => port.revoke([{ kind: 'sub', name: MARK, before: 1, until: 9_999_999_999 }]),
  // Manifests say nothing of anybody's rows.
  serve: 'of no tenant',
  erase: (port) => port.erase(),
}

const PAST: Record<keyof HistoryPort, (history: HistoryPort) => Promise<unknown>> = {
  page: (history) => history.page('cards', 'c1', { limit: 10 }),
  edit: (history) => history.edit({ epoch: EPOCH, seq: 1 }),
}

/** A cursor that has read everything, so that nothing but the wall stands in the way. */
async function cursorOf(): Promise<string> {
  const [row] = await database.sql('SELECT tidemark.cursor_text(pg_current_snapshot()) AS cursor')
  return String(row?.['cursor'])
}

const ASKED = Object.entries(OPERATIONS).flatMap(([name, ask]) =>
  ask === 'of no tenant' ? [] : [[name, ({ port }: Gateways) => ask(port)] as const],
)
const ALL = [
  ...Object.entries(PAST).map(
    ([name, ask]) => [`history ${name}`, ({ history }: Gateways) => ask(history)] as const,
  ),
  ...ASKED,
]

type Gateways = { readonly port: PostgresPort; readonly history: HistoryPort }

/** The gateways of the other tenant, without what a test's gateway keeps. */
function others(): Gateways {
  const { history } = gatewaysOf(database, OTHER, endpoint.url)
  const port = createGateway({
    connectionString: database.workerConnectionString,
    fetchEndpoint: endpoint.url,
    tenant: () => OTHER,
    app,
  })
  return { port, history }
}

const bothNow = async () => [await allOf(database, OWN), await allOf(database, OTHER)]

describe.each([
  ['with its guard', ''],
  [
    'by its policies alone',
    `CREATE OR REPLACE FUNCTION tidemark.check_tenant(p_tenant text) RETURNS void LANGUAGE plpgsql STABLE
       SET search_path = pg_catalog, public, pg_temp AS $$ BEGIN END $$`,
  ],
])('the second wall, %s', (_, statement) => {
  beforeAll(async () => {
    if (statement !== '') await database.sql(statement)
  })

  test.each(ALL)(
    'WAL-1 %s about another tenant than the one that is named reads and writes nothing',
    async (_, ask) => {
      const before = await bothNow()
      endpoint.forge({ named: OWN })
      const answer = JSON.stringify(await ask(others()))
      expect(answer).not.toContain(MARK)
      expect(await bothNow()).toEqual(before)
    },
  )

  test.each(ALL)('WAL-2 %s where no tenant is named reads and writes nothing', async (_, ask) => {
    const before = await bothNow()
    for (const named of [undefined, '']) {
      endpoint.forge({ named })
      expect(JSON.stringify(await ask(others()))).not.toContain(MARK)
    }
    expect(await bothNow()).toEqual(before)
  })
})

test('WAL-1 what is sent to all tenants at once tells which have changed, and deletes what is old, and no more', async () => {
  const all: Record<keyof AllTenantsPort, (port: AllTenantsPort) => Promise<unknown>> = {
    changed: (port) => port.changed('', [OWN, OTHER, 'nobody']),
    prune: (port) => port.prune(1, 100),
  }
  const before = await bothNow()
  const port = createAllTenantsGateway({
    connectionString: database.workerConnectionString,
    fetchEndpoint: database.endpoint,
  })
  expect(await all.changed(port)).toMatchObject({ value: { tenants: [OWN, OTHER, 'nobody'] } })
  expect(await all.prune(port)).toEqual({ ok: true, value: 0 })
  expect(await bothNow()).toEqual(before)
})

test('WAL-4 in every table with rows of tenants the application role meets those of the named one, whatever it asks', async () => {
  const session = await workerSession()
  for (const table of await tablesOfTenants(database)) {
    const tenants = `SELECT DISTINCT tenant_id AS tenant FROM ${table}`
    const owned = (await database.sql(tenants)).map(({ tenant }) => tenant)
    await session.query("SELECT set_config('tidemark.tenant', $1, false)", [OWN])
    const { rows } = await session.query(tenants)
    expect([table, rows.map(({ tenant }) => tenant)]).toEqual([
      table,
      owned.filter((tenant) => tenant === OWN),
    ])
    await session.query("SELECT set_config('tidemark.tenant', '', false)")
    expect((await session.query(tenants)).rows).toEqual([])
  }
})

test('WAL-4 it writes no row for another tenant, and gives none of its own away', async () => {
  const session = await workerSession()
  await session.query("SELECT set_config('tidemark.tenant', $1, false)", [OWN])
  const insert = "INSERT INTO assignees (tenant_id, id, name) VALUES ($1, 'new', '')"
  await expect(session.query(insert, [OTHER])).rejects.toMatchObject({ code: '42501' })
  const give = "UPDATE assignees SET tenant_id = $1 WHERE id = 'x1'"
  await expect(session.query(give, [OTHER])).rejects.toMatchObject({ code: '42501' })
  const refer = "UPDATE cards SET tenant_id = $1, assignee_id = 'a1' WHERE id = 'c1'"
  await expect(session.query(refer, [OTHER])).rejects.toMatchObject({ code: '42501' })
})

test('WAL-5 it may call and touch what is listed, and nothing else of the engine’s', async () => {
  const session = await workerSession()
  await session.query("SELECT set_config('tidemark.tenant', $1, false)", [OWN])
  for (const refused of [
    'SELECT * FROM tidemark.manifest',
    'SELECT * FROM tidemark.cluster',
    'SELECT * FROM tidemark.history',
    'TRUNCATE assignees',
    'TRUNCATE tidemark.ledger',
    "UPDATE tidemark.history_batch SET changes = ''",
    'ALTER TABLE assignees DISABLE ROW LEVEL SECURITY',
    'DROP POLICY tidemark_tenant ON assignees',
    'CREATE TABLE public.mine (id text)',
    'SET session_replication_role = replica',
    'SET ROLE postgres',
  ])
    await expect(session.query(refused), refused).rejects.toMatchObject({ code: '42501' })
})

async function workerSession() {
  const { username, password } = new URL(database.workerConnectionString)
  return database.session({ username, password })
}

describe('its owner', () => {
  test('WAL-2 is told where a transaction names no tenant: it waits for a person, and no log is taken for lost', async () => {
    await database.sql(await guard())
    for (const named of [undefined, OWN]) {
      endpoint.forge({ named })
      const told = { ok: false, failure: 'structural', message: expect.stringContaining('tidemark.tenant') }
      expect(await others().port.poll(place, beginning())).toMatchObject(told)
      expect(await others().port.open(EPOCH)).toMatchObject(told)
    }
  })

  // Last: each of these does what it is asked for, so what was refused before was refused by the wall.
  test.each(ALL)('WAL-1 %s about the named tenant does what it is for', async (name, ask) => {
    const [before, answer] = [await bothNow(), await ask(others())]
    expect(answer).toMatchObject({ ok: true })
    const [own, other] = await bothNow()
    expect(own).toEqual(before[0])
    const isWrite = ['apply', 'propose', 'open', 'revoke', 'erase'].includes(name)
    if (isWrite) expect(other).not.toEqual(before[1])
    else if (name === 'count') expect(answer).toMatchObject({ value: 1 })
    else if (name === 'knows') expect(answer).toMatchObject({ value: true })
    else expect(JSON.stringify(answer)).toContain(MARK)
  })
})

/** The guard as it is deployed. */
async function guard(): Promise<string> {
  const file = (await readFolder()).find(({ function: name }) => name === 'check_tenant')
  return file?.text ?? ''
}
