import { neon, neonConfig } from '@neondatabase/serverless'
import { beforeAll, expect, test } from 'vitest'
import { startPostgres } from '../../../dev/postgres.ts'
import { useDatabase } from '../../postgres/support/database.ts'

const database = useDatabase()
const driver = () => neon(database.postgres.connectionString)

beforeAll(() => {
  neonConfig.fetchEndpoint = database.endpoint
})

test('DEV-1 the Neon driver reads every kind of value from the local endpoint as from Neon', async () => {
  const [row] =
    await driver()`SELECT 7 AS int, 8::bigint AS big, 1.5::float8 AS real, true AS flag, null AS none,
    'é'::text AS word, '{"a":[1]}'::jsonb AS json, ARRAY['x,y', 'z'] AS list, '2026-01-31T12:00:00Z'::timestamptz AS at,
    '\\x00ff'::bytea AS bytes, ${'param'}::text AS param`
  expect(row).toEqual({
    int: 7,
    big: '8',
    real: 1.5,
    flag: true,
    none: null,
    word: 'é',
    json: { a: [1] },
    list: ['x,y', 'z'],
    at: new Date('2026-01-31T12:00:00Z'),
    bytes: Buffer.from([0, 255]),
    param: 'param',
  })
})

test('DEV-2 full results carry the command, the count and the fields', async () => {
  const sql = neon(database.postgres.connectionString, { fullResults: true })
  expect(await sql`SELECT 1 AS one UNION ALL SELECT 2`).toMatchObject({
    command: 'SELECT',
    rowCount: 2,
    fields: [{ name: 'one', dataTypeID: 23 }],
    rows: [{ one: 1 }, { one: 2 }],
  })
})

test('DEV-3 a transaction is one: a failure undoes it all, and options of it hold', async () => {
  const sql = driver()
  await sql`CREATE TABLE numbers (n integer PRIMARY KEY)`
  const twice = sql.transaction([sql`INSERT INTO numbers VALUES (1)`, sql`INSERT INTO numbers VALUES (1)`])
  await expect(twice).rejects.toMatchObject({
    name: 'NeonDbError',
    code: '23505',
    severity: 'ERROR',
    table: 'numbers',
    constraint: 'numbers_pkey',
    detail: 'Key (n)=(1) already exists.',
  })
  expect(await sql`SELECT n FROM numbers`).toEqual([])
  const options = { isolationLevel: 'Serializable', readOnly: true } as const
  const [level] = await sql.transaction([sql`SHOW transaction_isolation`], options)
  expect(level).toEqual([{ transaction_isolation: 'serializable' }])
  const writing = sql.transaction([sql`INSERT INTO numbers VALUES (2)`], options)
  await expect(writing).rejects.toMatchObject({ code: '25006' })
})

test('DEV-4 only who knows the connection string is served, and only the protocol', async () => {
  const post = (headers: Record<string, string>, body: string) =>
    fetch(database.endpoint, { method: 'POST', headers, body })
  const known = { 'Neon-Connection-String': database.postgres.connectionString }
  expect((await post({}, '{"query":"SELECT 1"}')).status).toBe(400)
  const wrong = { 'Neon-Connection-String': known['Neon-Connection-String'].replace(':tidemark@', ':guess@') }
  expect((await post(wrong, '{"query":"SELECT 1"}')).status).toBe(400)
  expect((await post(known, '{"query":1}')).status).toBe(400)
  expect((await post(known, 'SELECT 1')).status).toBe(400)
  expect((await fetch(database.endpoint)).status).toBe(404)
  expect(await (await post(known, '{"query":"SELECT 1 AS one"}')).json()).toMatchObject({
    rows: [{ one: 1 }],
  })
})

test('DEV-5 the endpoint outlives Postgres: away it says so, and back it goes on', async () => {
  const sql = driver()
  await sql`CREATE TABLE kept AS SELECT 1 AS one`
  const { port } = database.postgres
  const [directory] = await database.sql('SHOW data_directory')
  await database.postgres.kill()
  // The processes of its connections outlive the first one for a moment.
  await expect
    .poll(() => sql`SELECT 1`.then(() => 'answered', String))
    .toMatch(/HTTP status 503.*Postgres is not available/)
  const again = await startPostgres({ dataDir: String(directory?.['data_directory']), port })
  try {
    expect(await sql`SELECT one FROM kept`).toEqual([{ one: 1 }])
  } finally {
    await again.stop()
  }
})
