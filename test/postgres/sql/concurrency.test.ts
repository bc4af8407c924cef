import type pg from 'pg'
import { beforeAll, expect, test } from 'vitest'
import { useDatabase } from '../support/database.ts'
import { batchOf, done, EPOCH, entry, insertAssignee, insertCard, update } from '../support/edits.ts'

const database = useDatabase()
let other: pg.Client

beforeAll(async () => {
  other = await database.session()
})

/** A tenant with one card. */
async function withCard(tenant: string) {
  const gateway = database.gateway(tenant)
  await done(gateway.open(EPOCH))
  await done(gateway.apply(batchOf([entry(1, [insertAssignee('a1'), insertCard('c1')])])))
  return gateway
}

test('PG-12 a delta adds to what an external change left, even one that it had to wait for', async () => {
  const gateway = await withCard('delta')
  await other.query('BEGIN')
  await other.query(
    "UPDATE cards SET points_won = points_won + 100, notes = 'outside' WHERE tenant_id = 'delta'",
  )
  const award = update('cards', 'c1', { pointsWon: 50, status: 'in_progress' }, { pointsWon: 50 })
  const applied = done(gateway.apply(batchOf([entry(2, [award])])))
  await database.someoneWaits()
  await other.query('COMMIT')
  expect(await applied).toMatchObject({ is: 'behind', applied: 1 })
  expect(await done(gateway.apply(batchOf([entry(2, [award])])))).toMatchObject({ is: 'applied', applied: 2 })
  expect(await database.sql("SELECT points_won, status, notes FROM cards WHERE tenant_id = 'delta'")).toEqual(
    [{ points_won: '150', status: 'in_progress', notes: 'outside' }],
  )
})

test.for(['40P01', '40001', '57014', '53300'])(
  'PG-13 an error that is nobody’s mistake (%s) aborts the call: no refusal, no effect, and again later',
  async (sqlState) => {
    const gateway = await withCard(`transient-${sqlState}`)
    await database.sql(`
      CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'as if' USING ERRCODE = '${sqlState}'; END $$;
      CREATE TRIGGER fail BEFORE UPDATE ON cards FOR EACH ROW EXECUTE FUNCTION fail()`)
    const batch = batchOf([
      entry(2, [insertAssignee('a2')]),
      entry(3, [update('cards', 'c1', { notes: 'x' })]),
    ])
    expect(await gateway.apply(batch)).toMatchObject({ ok: false, failure: 'ambiguous' })
    await database.sql('DROP TRIGGER fail ON cards; DROP FUNCTION fail')
    expect((await done(gateway.open(EPOCH))).applied).toBe(1)
    expect(await done(gateway.apply(batch))).toMatchObject({ applied: 3, refusals: [] })
  },
)

test('PG-14 a call that waits too long gives up in Postgres too, and leaves the ledger free', async () => {
  const gateway = await withCard('stuck')
  const hasty = database.gateway('stuck', { deadlineMs: 3_000 })
  await other.query('BEGIN')
  await other.query("SELECT 1 FROM cards WHERE tenant_id = 'stuck' FOR UPDATE")
  const batch = batchOf([entry(2, [update('cards', 'c1', { notes: 'late' })])])
  expect(await hasty.apply(batch)).toMatchObject({ ok: false, failure: 'ambiguous', message: /^55P03/ })
  await database.sql("SELECT 1 FROM tidemark.ledger WHERE tenant_id = 'stuck' FOR UPDATE NOWAIT")
  await other.query('COMMIT')
  expect(await done(gateway.apply(batch))).toMatchObject({ applied: 2 })
})

test('PG-15 taking a tenant over waits for the batch under way, and knows what it settled', async () => {
  const gateway = await withCard('takeover')
  await other.query('BEGIN')
  await other.query("SELECT 1 FROM cards WHERE tenant_id = 'takeover' FOR UPDATE")
  const applying = done(gateway.apply(batchOf([entry(2, [update('cards', 'c1', { notes: 'last' })])])))
  await database.someoneWaits()
  const taking = done(gateway.open('epoch-2'))
  await other.query('COMMIT')
  expect(await applying).toMatchObject({ is: 'applied', applied: 2 })
  expect(await taking).toMatchObject({ applied: 0, marks: [{ n: 2 }] })
})
