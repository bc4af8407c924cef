import type pg from 'pg'
import { beforeAll, expect, test } from 'vitest'
import { useDatabase } from '../support/database.ts'
import {
  batchOf,
  done,
  EPOCH,
  entry,
  insertAssignee,
  insertCard,
  oneByOne,
  remove,
  update,
} from '../support/edits.ts'

const database = useDatabase()
let other: pg.Client

beforeAll(async () => {
  other = await database.session()
})

/** A tenant with two assignees, at seq 1. */
async function opened(tenant: string) {
  const gateway = database.gateway(tenant)
  await done(gateway.open(EPOCH))
  await done(gateway.apply(batchOf([entry(1, [insertAssignee('a1'), insertAssignee('a2')])])))
  return gateway
}

/** What the tests look at: assignees as id and city. */
const cities = async (tenant: string) =>
  Object.fromEntries(
    (await database.sql('SELECT id, city FROM assignees WHERE tenant_id = $1 ORDER BY id', [tenant])).map(
      ({ id, city }) => [id, city],
    ),
  )

const setCity = (id: string, city: string) => update('assignees', id, { city })

test.for([
  [
    'an update',
    "UPDATE assignees SET name = 'Outside' WHERE tenant_id = $1 AND id = 'a1'",
    setCity('a1', 'Bath'),
  ],
  ['a delete', "DELETE FROM assignees WHERE tenant_id = $1 AND id = 'a1'", setCity('a1', 'Bath')],
  [
    'a delete that the batch also makes',
    "DELETE FROM assignees WHERE tenant_id = $1 AND id = 'a1'",
    remove('assignees', 'a1'),
  ],
  ['an insert', "INSERT INTO assignees (tenant_id, id, name) VALUES ($1, 'a3', 'C')", insertAssignee('a3')],
] as const)(
  'PG-44 a batch meets %s that its object has not seen: it does nothing, and does it again once it has',
  async ([what, statement, change]) => {
    for (const early of [true, false]) {
      const tenant = `${what} ${early ? 'before' : 'while waiting'}`
      const gateway = await opened(tenant)
      await other.query('BEGIN')
      await other.query(statement, [tenant])
      if (early) await other.query('COMMIT')
      const edits = batchOf([entry(2, [setCity('a2', 'Leeds')]), entry(3, [change])])
      const applying = done(gateway.apply(edits))
      if (!early) {
        await database.someoneWaits()
        await other.query('COMMIT')
      }
      const changed = { collection: 'assignees', id: change.id, seen: 1, epoch: EPOCH }
      expect(await applying).toMatchObject({
        is: 'behind',
        applied: 1,
        refusals: [],
        external: { changes: [changed], more: false },
      })
      expect(await cities(tenant)).toMatchObject({ a2: '' })
      expect(
        await database.sql('SELECT 1 FROM tidemark.history WHERE tenant_id = $1', [tenant]),
      ).toHaveLength(1)
      const again = await done(gateway.apply(batchOf([entry(2, [setCity('a2', 'Leeds')])])))
      expect(again).toMatchObject({ is: 'applied', applied: 2, external: { changes: [] } })
    }
  },
)

test.for([
  ['the whole batch', batchOf],
  ['edit by edit', (edits: Parameters<typeof batchOf>[0]) => oneByOne(batchOf(edits))],
] as const)(
  'PG-44 a batch that waits to insert a row which comes and goes meanwhile does nothing, %s',
  async ([how, batchAs]) => {
    const gateway = await opened(how)
    await other.query('BEGIN')
    await other.query("INSERT INTO assignees (tenant_id, id, name) VALUES ($1, 'a3', 'C')", [how])
    const edits = [entry(2, [setCity('a2', 'Leeds')]), entry(3, [insertAssignee('a3')])]
    const applying = done(gateway.apply(batchAs(edits)))
    await database.someoneWaits()
    await other.query("UPDATE assignees SET id = 'a4' WHERE tenant_id = $1 AND id = 'a3'", [how])
    await other.query('COMMIT')
    expect(await applying).toMatchObject({
      is: 'behind',
      applied: 1,
      refusals: [],
      external: {
        changes: [{ kind: 'insert', id: 'a4' }],
      },
    })
    expect(await cities(how)).toEqual({ a1: '', a2: '', a4: '' })
    expect(await done(gateway.apply(batchAs(edits)))).toMatchObject({ is: 'applied', applied: 3 })
    expect(await cities(how)).toEqual({ a1: '', a2: 'Leeds', a3: '', a4: '' })
  },
)

test('PG-45 an external change of other rows goes with the answer and holds nothing up', async () => {
  const gateway = await opened('beside')
  await database.sql("UPDATE assignees SET name = 'Outside' WHERE tenant_id = 'beside' AND id = 'a2'")
  const batch = batchOf([entry(2, [setCity('a1', 'Bath')])])
  const cursor = (await done(gateway.open(EPOCH))).cursor
  const before = await done(gateway.apply(batch))
  expect(before).toMatchObject({ is: 'applied', applied: 2, external: { changes: [{ id: 'a2', seen: 1 }] } })
  await database.sql("UPDATE assignees SET name = 'Again' WHERE tenant_id = 'beside' AND id = 'a2'")
  expect(await done(gateway.apply(batch, cursor))).toMatchObject({
    is: 'applied',
    applied: 2,
    external: { changes: [{ id: 'a2', after: { name: 'Again' }, seen: 2 }] },
  })
})

test('PG-46 an edit that fails on what an earlier one set off waits for the object to see it', async () => {
  await database.sql(`
    CREATE FUNCTION drop_cards() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      DELETE FROM cards WHERE tenant_id = NEW.tenant_id AND assignee_id = NEW.id; RETURN NULL; END $$;
    CREATE TRIGGER drop_cards AFTER UPDATE ON assignees FOR EACH ROW WHEN (NEW.city = 'nowhere')
      EXECUTE FUNCTION drop_cards()`)
  const gateway = await opened('set off')
  await done(gateway.apply(batchOf([entry(2, [insertCard('c1')])])))
  const edits = [
    entry(3, [setCity('a1', 'nowhere')]),
    entry(4, [update('cards', 'c1', { notes: 'x' })]),
    entry(5, [setCity('a2', 'Bath')]),
  ]
  expect(await done(gateway.apply(oneByOne(batchOf(edits))))).toMatchObject({
    is: 'behind',
    applied: 3,
    refusals: [],
    external: { changes: [{ kind: 'delete', collection: 'cards', id: 'c1', seen: 3 }] },
  })
  expect(await cities('set off')).toEqual({ a1: 'nowhere', a2: '' })
  expect(await done(gateway.apply(batchOf(edits.slice(1))))).toMatchObject({
    is: 'applied',
    applied: 4,
    refusals: [{ seq: 4, sqlState: 'TM001' }],
  })
})

test('PG-47 an insert that meets a row nobody recorded is refused', async () => {
  const gateway = await opened('bulk')
  await other.query('SET session_replication_role = replica')
  await other.query("INSERT INTO assignees (tenant_id, id, name) VALUES ('bulk', 'a3', 'C')")
  await other.query('SET session_replication_role = DEFAULT')
  expect(await done(gateway.apply(batchOf([entry(2, [insertAssignee('a3')])])))).toMatchObject({
    is: 'applied',
    refusals: [{ seq: 2, sqlState: 'TM002' }],
  })
})

test('PG-48 the refused edits of a client are kept through epochs, the newest hundred, newest last', async () => {
  const gateway = await opened('refused')
  const ben = { actor: 'client-ben', subject: 'ben' }
  for (let seq = 2; seq <= 106; seq++) {
    const edits = [entry(seq, [insertAssignee('a1')], { n: seq + 1000, ...(seq === 106 && ben) })]
    await done(gateway.apply(batchOf(edits)))
  }
  const { marks } = await done(gateway.open('epoch-2'))
  expect(marks).toMatchObject([
    { client: 'client-ada', n: 1105 },
    { client: 'client-ben', n: 1106 },
  ])
  const refusal = { sqlState: 'TM002', message: expect.stringContaining('exists already') }
  expect(marks[1]?.refusals).toEqual([{ ...refusal, n: 1106, seq: 106 }])
  const ns = marks[0]?.refusals.map(({ n, seq }) => [n, seq])
  expect(ns).toEqual(Array.from({ length: 100 }, (_, i) => [1006 + i, 6 + i]))
})

test('PG-70 whether a batch is behind is found by the index, however many external changes are kept', async () => {
  const gateway = await opened('old')
  await other.query(`
    INSERT INTO tidemark.sync_change (tenant_id, table_name, row_id, op, before, after, epoch, seen, by_whom)
      SELECT 'old', 'assignees', 'a' || place, 'update', '{}', '{}', '', 0, 'import'
        FROM generate_series(1, 20000) AS place`)
  await other.query('ANALYZE tidemark.sync_change')
  const { cursor } = await done(gateway.open(EPOCH))
  await other.query('BEGIN')
  // Postgres chooses plans to keep after some calls.
  for (let call = 0; call < 10; call++) {
    await other.query("SELECT tidemark.is_behind('old', '[]', $1)", [cursor])
  }
  const { rows } = await other.query(
    "SELECT pg_stat_get_xact_tuples_returned('tidemark.sync_change'::regclass) AS scanned",
  )
  await other.query('ROLLBACK')
  expect(rows).toEqual([{ scanned: '0' }])
})

test('PG-83 the rows that a batch updates are found together and not one by one, however large their table is', async () => {
  // Wide rows in no order: to Postgres a search for each seems the cheaper way.
  await other.query(`
    INSERT INTO assignees (tenant_id, id, name)
      SELECT 'large', 'a' || place, repeat('Assignee ', 200) FROM generate_series(1, 20000) AS place ORDER BY md5(place::text)`)
  await other.query('ANALYZE assignees')
  const ids = Array.from({ length: 4_000 }, (_, place) => `a${place + 1}`)
  const rows = ids.map((id) => ({ id, city: 'York' }))
  await other.query('BEGIN')
  await other.query("SELECT tidemark.update_rows('large', 'assignees', '{city}', '{}', $1, $2)", [
    ids,
    JSON.stringify(rows),
  ])
  const { rows: used } = await other.query(
    "SELECT pg_stat_get_xact_numscans('assignees_tenant_id_id_pk'::regclass)::int AS searches",
  )
  await other.query('ROLLBACK')
  expect(Number(used[0]?.searches)).toBeLessThan(100)
})
