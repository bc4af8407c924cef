import { beforeAll, expect, test } from 'vitest'
import { createCall } from '../../../src/postgres/neon-call.ts'
import { pageStatement } from '../../../src/postgres/statements/read-statements.ts'
import { app as books } from '../../fixtures/board/sync.ts'
import { useDatabase } from '../support/database.ts'
import { batchOf, done, EPOCH, entry } from '../support/edits.ts'
import { samplesApp as app, full, none, SAMPLES_SQL } from '../support/samples.ts'

const database = useDatabase()
const gateway = (tenant: string) => database.gateway(tenant, { app })

beforeAll(() => database.sql(SAMPLES_SQL))

test('PG-16 a row of every type comes back exactly as it was sent, whatever the session’s time zone', async () => {
  await database.sql("ALTER DATABASE postgres SET timezone = 'Asia/Kathmandu'")
  await done(gateway('forms').open(EPOCH))
  const rows = [full, { id: 'none', ...none }]
  const changes = rows.map((after) => ({
    kind: 'insert' as const,
    collection: 'samples',
    id: after.id,
    after,
  }))
  const { entries: edits } = batchOf([entry(1, [])])
  const net = { collection: 'samples', inserts: rows, updates: [], deletes: [] }
  const batch = {
    epoch: EPOCH,
    after: 0,
    upTo: 1,
    entries: edits.map((edit) => ({ ...edit, changes })),
    net: [net],
  }
  expect(await done(gateway('forms').apply(batch))).toMatchObject({ applied: 1, refusals: [] })
  expect(await done(gateway('forms').page('samples', { after: '', limit: 10 }))).toMatchObject({
    rows,
    more: false,
  })
})

test('PG-17 an external row is read in the same forms: times in UTC to the millisecond, bigint as a number', async () => {
  await database.sql(`INSERT INTO samples (tenant_id, id, at_moment, day, large, tags, any_json, real_number)
    VALUES ('outside', 'a', '2026-06-30 12:00:00.123456+02', '2026-06-30', -5, '{x,"y z"}', '[1.50]', 'NaN'::float8)`)
  await database.sql("UPDATE samples SET real_number = 1e-7 WHERE tenant_id = 'outside'")
  expect(await done(gateway('outside').page('samples', { after: '', limit: 10 }))).toMatchObject({
    rows: [
      {
        ...none,
        id: 'a',
        moment: '2026-06-30T10:00:00.123Z',
        day: '2026-06-30',
        large: -5,
        tags: ['x', 'y z'],
        any: [1.5],
        real: 1e-7,
      },
    ],
  })
})

test.for([
  ['large = 9007199254740993', 'large'],
  ["real_number = 'NaN'", 'real'],
  ["day = 'infinity'", 'day'],
  ["at_moment = '10000-01-01'", 'moment'],
  ["tags = '{{a},{b}}'", 'tags'],
  ["any_json = '[1e400]'", 'any'],
] as const)(
  'PG-18 a row with a value that has no exact form here (%s) is apart from the others of its page, and named',
  async ([assignment, column], { task }) => {
    const tenant = `inexact-${task.id}`
    for (const id of ['a', 'odd', 'z'])
      await database.sql('INSERT INTO samples (tenant_id, id) VALUES ($1, $2)', [tenant, id])
    await database.sql(`UPDATE samples SET ${assignment} WHERE tenant_id = $1 AND id = 'odd'`, [tenant])
    expect(await done(gateway(tenant).page('samples', { after: '', limit: 10 }))).toMatchObject({
      rows: [{ id: 'a' }, { id: 'z' }],
      unfit: [{ id: 'odd', column, reason: expect.stringContaining(`"${column}"`) }],
      last: 'z',
    })
  },
)

test('ASD-1 a row that is too large to be a record is named, and one too large for an answer is not even read', async () => {
  for (const [id, size] of [
    ['a', 3],
    ['b', 1_950_000],
    ['c', 70_000_000],
    ['d', 3],
  ] as const)
    await database.sql(
      "INSERT INTO samples (tenant_id, id, some_words) VALUES ('huge', $1, repeat('x', $2))",
      [id, size],
    )
  const huge = gateway('huge')
  await done(huge.open(EPOCH))
  const found: string[] = []
  for (let after = '', more = true; more; ) {
    const page = await done(huge.page('samples', { after, limit: 10 }))
    found.push(
      ...page.rows.map(({ id }) => String(id)),
      ...page.unfit.map(({ id, reason }) => `${id}: ${reason}`),
    )
    ;({ last: after = '', more } = page)
  }
  const reason = 'It has more than 1900000 bytes.'
  expect(found).toEqual(['a', `b: ${reason}`, `c: ${reason}`, 'd'])
  const place = { epoch: EPOCH, after: 0, head: 0 }
  const { cursor } = await done(huge.open(EPOCH))
  const range = { collection: 'samples', after: 'b', upTo: undefined, limit: 10, whole: true }
  expect(await done(huge.range(range, place, cursor))).toMatchObject({
    rows: [],
    unfit: [{ id: 'c', reason }],
    upTo: 'c',
  })
})

test('PG-19 pages follow one another by id in byte order, each row once, and stay in their tenant', async () => {
  const ids = ['Z', 'a', 'a0', 'aa', 'b', 'é', '🌊'].toSorted((x, y) =>
    Buffer.compare(Buffer.from(x), Buffer.from(y)),
  )
  for (const id of ids.toReversed())
    await database.sql("INSERT INTO samples (tenant_id, id) VALUES ('pages', $1)", [id])
  await database.sql("INSERT INTO samples (tenant_id, id) VALUES ('neighbour', 'aaa')")
  expect(await done(gateway('pages').count('samples'))).toBe(ids.length)
  const seen: unknown[] = []
  for (let after = ''; ; ) {
    const page = await done(gateway('pages').page('samples', { after, limit: 3 }))
    seen.push(...page.rows.map(({ id }) => id))
    if (!page.more) break
    after = String(page.rows.at(-1)?.['id'])
  }
  expect(seen).toEqual(ids)
})

test('PG-60 a page ends after a megabyte of JSON, and has one row at least', async () => {
  const sizes = [600_000, 600_000, 1_500_000, 1_000, 1_000]
  for (const [i, size] of sizes.entries()) {
    // Postgres keeps such a text in a hundredth of its size, but it comes in full.
    const text = "INSERT INTO samples (tenant_id, id, some_words) VALUES ('large', $1, repeat('x', $2))"
    await database.sql(text, [`row-${i}`, size])
  }
  const pages: string[][] = []
  for (let after = '', more = true; more; after = pages.at(-1)?.at(-1) ?? '') {
    const page = await done(gateway('large').page('samples', { after, limit: 10 }))
    pages.push(page.rows.map(({ id }) => String(id)))
    more = page.more
  }
  expect(pages).toEqual([['row-0'], ['row-1'], ['row-2'], ['row-3', 'row-4']])
})

test('PG-61 a page of a table without statistics is read along its key, and nothing is sorted', async () => {
  await database.sql('ALTER TABLE assignees SET (autovacuum_enabled = off)')
  await database.sql(
    "INSERT INTO assignees (tenant_id, id, name) SELECT 'loaded', i::text, 'x' FROM generate_series(1, 20000) i",
  )
  const table = books.tables.get('assignees')
  const collection = books.manifest.collections.find(({ name }) => name === 'assignees')
  if (!table || !collection) throw new Error('the application has assignees')
  const { text, params, settings } = pageStatement('loaded', table, collection, { after: '5', limit: 1_000 })
  const session = await database.session()
  const plan = async (under: Readonly<Record<string, string>> = {}) => {
    await session.query('BEGIN')
    for (const pair of Object.entries(under)) await session.query('SELECT set_config($1, $2, true)', pair)
    const { rows } = await session.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${text}`, [...params])
    await session.query('ROLLBACK')
    return rows.map((row) => row['QUERY PLAN']).join('\n')
  }
  expect(await plan()).toContain('Sort Key: assignees.id')
  expect(await plan(settings)).toContain('Index Scan using assignees_tenant_id_id_pk')
  expect(await plan(settings)).not.toContain('Sort Key: assignees.id')
})

test('PG-62 what a statement sets in Postgres holds for that statement alone', async () => {
  const { connectionString } = database.postgres
  const call = createCall({ connectionString, fetchEndpoint: database.endpoint })
  const ask = (settings = {}) =>
    done(call({ text: "SELECT current_setting('enable_sort') AS sort", params: [], settings }))
  expect(await ask({ enable_sort: 'off' })).toEqual([{ sort: 'off' }])
  expect(await ask()).toEqual([{ sort: 'on' }])
})
