import { beforeAll, expect, test } from 'vitest'
import { useDatabase } from '../support/database.ts'
import { done, EPOCH, rowChanges } from '../support/edits.ts'
import { samplesApp as app, full, none, SAMPLES_SQL } from '../support/samples.ts'

const database = useDatabase()
const gateway = (tenant: string) => database.gateway(tenant, { app })

beforeAll(() => database.sql(SAMPLES_SQL))

/** Runs statements of another program on one tenant and gives the changes that come of them. */
async function changesOf(tenant: string, ...statements: string[]) {
  await done(gateway(tenant).open(EPOCH))
  const session = await database.session()
  for (const statement of statements) await session.query(statement)
  return rowChanges((await done(gateway(tenant).changes())).changes)
}

const INSERT_FULL = `INSERT INTO samples VALUES ('TENANT', 'full', E'naïve "quotes" \\\\ and\\nlines 🌊', -2147483647,
  9007199254740991, 0.1, true, '0099-02-28', '2026-01-31T23:59:59.007Z', '{"a,b","{}","","NULL"}', '{"nested": [1, null, "x"]}')`

test.for(['UTC', 'Asia/Kathmandu', 'America/St_Johns'])(
  'PG-49 an external change holds every type exactly as a page does, whatever the writer’s session is set to (%s)',
  async (zone) => {
    const changes = await changesOf(
      zone,
      `SET timezone = '${zone}'; SET datestyle = 'SQL, DMY'; SET extra_float_digits = -15; SET bytea_output = 'escape'`,
      INSERT_FULL.replace('TENANT', zone),
      `UPDATE samples SET real_number = 1.2345678901234567, at_moment = '1850-06-01 00:00:00.9999Z', day = NULL,
        large = -5, tags = '{}', any_json = 'null', flag = NULL WHERE tenant_id = '${zone}'`,
      `DELETE FROM samples WHERE tenant_id = '${zone}'`,
    )
    const before = { real: 0.1, moment: full.moment, day: full.day, large: full.large, tags: full.tags }
    const after = {
      real: 1.2345678901234567,
      moment: '1850-06-01T00:00:00.999Z',
      day: null,
      large: -5,
      tags: [],
    }
    expect(changes).toMatchObject([{ kind: 'insert' }, { kind: 'update' }, { kind: 'delete' }])
    const [inserted, updated, deleted] = changes
    expect(inserted?.after).toEqual(full)
    expect(updated).toMatchObject({
      before: { ...before, any: full.any, flag: true },
      after: { ...after, any: null, flag: null },
    })
    expect(deleted?.before).toEqual({ ...full, ...after, any: null, flag: null })
  },
)

test('PG-50 what was read by page and what is read as a change are the same, for each type and for none', async () => {
  const changes = await changesOf(
    'same',
    INSERT_FULL.replace('TENANT', 'same'),
    "INSERT INTO samples (tenant_id, id) VALUES ('same', 'none')",
  )
  const { rows } = await done(gateway('same').page('samples', { after: '', limit: 10 }))
  expect(changes.map(({ after }) => after)).toEqual(rows)
  expect(rows).toEqual([full, { id: 'none', ...none }])
})

test('PG-51 tables and columns that are not registered are left out; columns added since have their standard', async () => {
  await database.sql(`
    ALTER TABLE samples ADD COLUMN internal text;
    CREATE TRIGGER other AFTER INSERT ON cards FOR EACH ROW EXECUTE FUNCTION tidemark.capture_change()`)
  const changes = await changesOf(
    'known',
    "INSERT INTO samples (tenant_id, id, internal) VALUES ('known', 'a', 'x')",
    "UPDATE samples SET internal = 'y'",
    "UPDATE samples SET at_moment = '2026-01-31 12:00:00.0001Z'",
    "UPDATE samples SET at_moment = '2026-01-31 12:00:00.0002Z'",
    "INSERT INTO assignees (tenant_id, id, name) VALUES ('known', 'a1', 'Ada')",
  )
  expect(changes).toMatchObject([
    { kind: 'insert', after: { id: 'a', ...none } },
    { kind: 'update', before: { moment: null }, after: { moment: '2026-01-31T12:00:00.000Z' } },
  ])
  expect(changes[0]?.after).not.toHaveProperty('internal')
  const stripped =
    "UPDATE tidemark.sync_change SET after = after - 'small' WHERE tenant_id = 'known' AND op = 'insert'"
  await database.sql(stripped)
  const again = rowChanges((await done(gateway('known').changes(database.beginning))).changes)
  expect(again[0]?.after).toEqual({ id: 'a', ...none })
})

test.for([
  ['large', '9007199254740993', 'large'],
  ['real_number', "'NaN'", 'real'],
  ['real_number', "'-Infinity'", 'real'],
  ['day', "'infinity'", 'day'],
  ['day', "'0044-03-15 BC'", 'day'],
  ['at_moment', "'10000-01-01'", 'moment'],
  ['at_moment', "'-infinity'", 'moment'],
  ['tags', "'{a,NULL}'", 'tags'],
  ['tags', "'{{a},{b}}'", 'tags'],
  ['small', '-2147483648', 'small'],
] as const)(
  'PG-52 a change to a value that has no exact form here (%s = %s) sets the record aside, and says why',
  async ([column, value, name], { task }) => {
    const tenant = `odd-${task.id}`
    await changesOf(tenant, `INSERT INTO samples (tenant_id, id) VALUES ('${tenant}', 'old')`)
    const set = (to: string) => `UPDATE samples SET ${column} = ${to} WHERE tenant_id = '${tenant}'`
    await database.sql(`INSERT INTO samples (tenant_id, id, ${column}) VALUES ('${tenant}', 'new', ${value})`)
    await database.sql(`UPDATE samples SET ${column} = ${value}, some_words = 'x' WHERE id = 'old'`)
    const aside = { kind: 'aside', column: name, reason: expect.stringContaining(`"${name}" must be`) }
    expect(rowChanges((await done(gateway(tenant).changes())).changes)).toMatchObject([
      { ...aside, id: 'new', after: { [name]: null, words: null } },
      { ...aside, id: 'old', before: {}, after: { [name]: null, words: null } },
    ])
    const good = name === 'tags' ? [] : full[name]
    await database.sql(set(name === 'tags' ? "'{}'" : typeof good === 'string' ? `'${good}'` : String(good)))
    const changes = rowChanges((await done(gateway(tenant).changes())).changes)
    expect(changes).toMatchObject([
      { kind: 'update', after: { [name]: good } },
      { kind: 'update', after: { [name]: good } },
    ])
  },
)

test('ASD-1 a change too large for an answer is told without its values, and what comes after it is told', async () => {
  const changes = await changesOf(
    'huge',
    "INSERT INTO samples (tenant_id, id, some_words) VALUES ('huge', 'a', repeat('x', 90000000))",
    "UPDATE samples SET some_words = repeat('y', 90000000), small = 1 WHERE tenant_id = 'huge'",
    "UPDATE samples SET some_words = 'short' WHERE tenant_id = 'huge'",
    "INSERT INTO samples (tenant_id, id, some_words) VALUES ('huge', 'b', 'after')",
    "UPDATE samples SET some_words = repeat('y', 90000000) WHERE tenant_id = 'huge' AND id = 'b'",
    "DELETE FROM samples WHERE tenant_id = 'huge' AND id = 'b'",
  )
  const aside = { kind: 'aside', reason: 'It has more than 1900000 bytes.', before: {} }
  expect(changes).toMatchObject([
    { ...aside, id: 'a' },
    { ...aside, id: 'a', after: { words: null, small: null } },
    { ...aside, id: 'a', after: { words: null } },
    { kind: 'insert', id: 'b' },
    { ...aside, id: 'b', after: { words: null } },
    { kind: 'delete', id: 'b' },
  ])
})

test('ASD-1 a change without its values stays one, whatever else its transaction did to the row', async () => {
  const tenant = 'huge-again'
  const changes = await changesOf(
    tenant,
    `INSERT INTO samples (tenant_id, id, some_words) VALUES ('${tenant}', 'a', 'short')`,
    `UPDATE samples SET some_words = repeat('y', 9000000) WHERE tenant_id = '${tenant}';
      UPDATE samples SET small = 2 WHERE tenant_id = '${tenant}'`,
  )
  expect(changes).toMatchObject([
    { kind: 'insert', id: 'a' },
    { kind: 'aside', id: 'a', before: {}, after: { words: null } },
  ])
})

test('PG-52 a number in JSON that is mended is a change, whatever it looked like before', async () => {
  const changes = await changesOf(
    'number',
    `INSERT INTO samples (tenant_id, id, any_json) VALUES ('number', 'a', '{"n": 1e400}')`,
    `UPDATE samples SET any_json = '{"n": null}' WHERE tenant_id = 'number'`,
  )
  expect(changes).toMatchObject([
    { kind: 'aside', column: 'any' },
    { kind: 'update', after: { any: { n: null } } },
  ])
})
