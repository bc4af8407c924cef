import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, expect, test } from 'vitest'
import { SCHEMA_VERSION } from '../../src/postgres/schema-version.ts'
import { useDatabase } from './support/database.ts'
import { batchOf, done, EPOCH, entry, insertAssignee } from './support/edits.ts'
import { serve } from './support/http-server.ts'

const database = useDatabase()
const server = await serve()

const put = (version: number, floor: number) =>
  database.sql('UPDATE tidemark.version SET version = $1, floor = $2', [version, floor])

afterEach(() => put(SCHEMA_VERSION, 1))

test('DBV-1 the migrations make the version that the Worker beside them is made for, and so does the source of the SQL', async () => {
  const { version, floor } = (await database.sql('SELECT version, floor FROM tidemark.version'))[0] ?? {}
  expect(version).toBe(SCHEMA_VERSION)
  expect(floor).toBeLessThanOrEqual(SCHEMA_VERSION)
  const source = readFileSync(
    resolve(import.meta.dirname, '../../src/postgres/sql/tables/version.sql'),
    'utf8',
  )
  expect(source).toContain(`INSERT INTO tidemark.version (version, floor) VALUES (${version}, ${floor});`)
})

const OTHERS: [string, number, number, string][] = [
  [
    'older',
    SCHEMA_VERSION - 1,
    0,
    `the database has version ${SCHEMA_VERSION - 1} of the engine's schema, and this Worker needs ${SCHEMA_VERSION}: run \`tidemark migrate\``,
  ],
  [
    'too new',
    SCHEMA_VERSION + 2,
    SCHEMA_VERSION + 1,
    `the database has version ${SCHEMA_VERSION + 2} of the engine's schema, which serves no Worker that was made for ${SCHEMA_VERSION}: deploy with the \`tidemark\` that migrated it`,
  ],
]

test.each(OTHERS)(
  'DBV-2 a database that is %s refuses every call with what to do, and does nothing',
  async (age, version, floor, message) => {
    const gateway = database.gateway(`refused ${age}`)
    await done(gateway.open(EPOCH))
    await put(version, floor)
    const refused = { ok: false, failure: 'structural', message }
    expect(await gateway.open(EPOCH)).toEqual(refused)
    expect(await gateway.apply(batchOf([entry(1, [insertAssignee('a1')])]))).toEqual(refused)
    expect(await gateway.count('assignees')).toEqual(refused)
    expect(await database.sql('SELECT id FROM assignees WHERE tenant_id = $1', [`refused ${age}`])).toEqual(
      [],
    )
  },
)

test('DBV-2 a newer database that still serves this Worker takes its edits', async () => {
  await put(SCHEMA_VERSION + 3, SCHEMA_VERSION)
  const gateway = database.gateway('served')
  await done(gateway.open(EPOCH))
  await done(gateway.apply(batchOf([entry(1, [insertAssignee('a1')])])))
})

test('DBV-2 a database that never was migrated, or before it had versions, is told so', async () => {
  const message = `the database lacks the engine's schema of version ${SCHEMA_VERSION}: run \`tidemark migrate\``
  const open = () => database.gateway('unversioned').open(EPOCH)
  await database.sql('ALTER FUNCTION tidemark.begin_call(json, integer) RENAME TO begun')
  expect(await open()).toEqual({ ok: false, failure: 'structural', message })
  await database.sql('ALTER FUNCTION tidemark.begun(json, integer) RENAME TO begin_call')
  await database.sql('ALTER SCHEMA tidemark RENAME TO elsewhere')
  expect(await open()).toEqual({ ok: false, failure: 'structural', message })
  await database.sql('ALTER SCHEMA elsewhere RENAME TO tidemark')
  await done(open())
})

test('DBV-3 the version goes with the call itself: one request, one transaction', async () => {
  const asked: string[] = []
  server.behave(async (request, response) => {
    asked.push(await text(request))
    response.writeHead(502).end()
  })
  const gateway = database.gateway('one request', {
    connectionString: 'postgresql://user:secret@counted.test/database',
    fetchEndpoint: server.url,
  })
  await gateway.count('assignees')
  expect(asked).toHaveLength(1)
  const { queries } = JSON.parse(asked[0] ?? '')
  expect(queries).toEqual([
    { query: 'SELECT tidemark.begin_call($1, $2)', params: [expect.any(String), String(SCHEMA_VERSION)] },
    expect.anything(),
  ])
})
