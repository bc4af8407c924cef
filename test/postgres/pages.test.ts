import { beforeAll, expect, test } from 'vitest'
import { useDatabase } from './support/database.ts'
import { batchOf, done, EPOCH, entry } from './support/edits.ts'
import { samplesApp as app, full, none, SAMPLES_SQL } from './support/samples.ts'

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
  const { edits } = batchOf([entry(1, [])])
  const net = { collection: 'samples', inserts: rows, updates: [], deletes: [] }
  const batch = {
    epoch: EPOCH,
    after: 0,
    upTo: 1,
    edits: edits.map((edit) => ({ ...edit, changes })),
    net: [net],
  }
  expect(await done(gateway('forms').apply(batch))).toMatchObject({ applied: 1, refusals: [] })
  expect(await done(gateway('forms').page('samples', '', 10))).toEqual(rows)
})

test('PG-17 an outside row is read in the same forms: times in UTC to the millisecond, bigint as a number', async () => {
  await database.sql(`INSERT INTO samples (tenant_id, id, at_moment, day, large, tags, any_json, real_number)
    VALUES ('outside', 'a', '2026-06-30 12:00:00.123456+02', '2026-06-30', -5, '{x,"y z"}', '[1.50]', 'NaN'::float8)`)
  await database.sql("UPDATE samples SET real_number = 1e-7 WHERE tenant_id = 'outside'")
  expect(await done(gateway('outside').page('samples', '', 10))).toEqual([
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
  ])
})

test.for([
  'large = 9007199254740993',
  "real_number = 'NaN'",
  "day = 'infinity'",
  "at_moment = '10000-01-01'",
])(
  'PG-18 a value that has no exact form here (%s) stops the load and is named',
  async (assignment, { task }) => {
    const tenant = `inexact-${task.id}`
    await database.sql('INSERT INTO samples (tenant_id, id) VALUES ($1, $2)', [tenant, 'odd'])
    await database.sql(`UPDATE samples SET ${assignment} WHERE tenant_id = $1`, [tenant])
    expect(await gateway(tenant).page('samples', '', 10)).toMatchObject({
      ok: false,
      failure: 'structural',
      message: expect.stringContaining('samples "odd"'),
    })
  },
)

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
    const page = await done(gateway('pages').page('samples', after, 3))
    seen.push(...page.map(({ id }) => id))
    if (page.length < 3) break
    after = String(page.at(-1)?.['id'])
  }
  expect(seen).toEqual(ids)
})
