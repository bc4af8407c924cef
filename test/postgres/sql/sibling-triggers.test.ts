import type pg from 'pg'
import { beforeAll, expect, test } from 'vitest'
import { Random } from '../../../dev/harness/random.ts'
import type { Change, LogEntry } from '../../../src/core/log/log.ts'
import { type Gateway, useDatabase } from '../support/database.ts'
import {
  batchOf,
  done,
  EPOCH,
  entry,
  insertAssignee,
  oneByOne,
  remove,
  rowChanges,
  update,
} from '../support/edits.ts'
import { drawStatement, EVERY_WAY, installMeddling, ROWS, withMeddling } from '../support/meddling.ts'
import { Mirror } from '../support/mirror.ts'

const database = useDatabase()
let session: pg.Client

const TRANSACTIONS = 25

const runs = EVERY_WAY.flatMap((way) => [1, 2, 3, 4].map((seed) => [way, seed] as const))

beforeAll(async () => {
  session = await database.session()
  await installMeddling(session)
})

async function readOn(gateway: Gateway, mirror: Mirror): Promise<void> {
  for (;;) {
    const { changes, more } = await done(gateway.changes())
    mirror.take(changes)
    if (!more) return
  }
}

async function expectEqual(tenant: string, mirror: Mirror): Promise<void> {
  const text = 'SELECT id, name, email, city FROM assignees WHERE tenant_id = $1 ORDER BY id'
  expect(mirror.sorted()).toEqual(await database.sql(text, [tenant]))
}

test.for(runs)(
  'PG-90 what a transaction did to a row comes as one change that leads to what the row is, also when others were changed %s (seed %i)',
  async ([way, seed]) => {
    const random = new Random(seed)
    const tenant = `${way} ${seed}`
    const [gateway, mirror] = [database.gateway(tenant), new Mirror()]
    await done(gateway.open(EPOCH))
    await session.query("SELECT set_config('test.tenant', $1, false)", [tenant])
    let taken = 0
    /** Postgres refuses what a trigger has made impossible: then the statement does nothing. */
    const attempt = async (text: string) => {
      await session.query('SAVEPOINT before')
      try {
        await session.query(text)
        taken++
      } catch {
        await session.query('ROLLBACK TO before')
      }
    }
    await withMeddling(session, way, seed, async () => {
      for (let i = 0; i < TRANSACTIONS; i++) {
        await session.query('BEGIN')
        for (let left = random.whole(1, 3); left > 0; left--) await attempt(drawStatement(random, way))
        await session.query('COMMIT').catch(() => undefined)
        await readOn(gateway, mirror)
        await expectEqual(tenant, mirror)
      }
    })
    expect(taken).toBeGreaterThan(5)
  },
)

/** Edits that fit what there is, some of them of several rows. */
function drawEdits(random: Random, first: number, mirror: Mirror): LogEntry[] {
  const there = new Set(mirror.rows.keys())
  const change = (id: string): Change => {
    if (!there.has(id)) {
      there.add(id)
      return insertAssignee(id)
    }
    const text = String(random.whole(1, 999))
    if (random.chance(0.7))
      return update('assignees', id, random.chance(0.5) ? { city: text } : { city: text, name: text })
    there.delete(id)
    return remove('assignees', id)
  }
  return Array.from({ length: random.whole(1, 4) }, (_, i) => {
    const ids = new Set(Array.from({ length: random.whole(1, 3) }, () => `a${random.whole(1, ROWS)}`))
    return entry(first + i, [...ids].map(change))
  })
}

test.for(
  runs.flatMap(([way, seed]) => [
    ['as a whole', way, seed, batchOf] as const,
    ['edit by edit', way, seed, (edits: readonly LogEntry[]) => oneByOne(batchOf(edits))] as const,
  ]),
)(
  'PG-91 after what triggers did for a batch, to rows that it writes as well, is taken in, all rows are equal: %s, %s (seed %i)',
  async ([how, way, seed, batchAs]) => {
    const random = new Random(seed)
    const tenant = `batch ${how} ${way} ${seed}`
    const [gateway, mirror] = [database.gateway(tenant), new Mirror()]
    await done(gateway.open(EPOCH))
    let applied = 0
    let passed = 0
    await withMeddling(session, way, seed, async () => {
      for (let i = 0; i < TRANSACTIONS; i++) {
        const edits = drawEdits(random, applied + 1, mirror)
        const answer = await done(gateway.apply(batchAs(edits)))
        if (!('external' in answer)) throw new Error(`the ledger is not in order: ${answer.is}`)
        const refused = new Set(answer.refusals.map(({ seq }) => seq))
        const done_ = edits.filter(({ seq }) => seq <= answer.applied && !refused.has(seq))
        mirror.write(done_.flatMap(({ changes }) => changes))
        mirror.takeLoosely(answer.external.changes)
        applied = answer.applied
        passed += done_.length
        await expectEqual(tenant, mirror)
      }
    })
    expect(passed).toBeGreaterThan(5)
  },
)

test('PG-92 a row that is changed thousands of times in a transaction comes once, however many pages its steps fill', async () => {
  const [gateway, mirror] = [database.gateway('summary'), new Mirror()]
  await done(gateway.open(EPOCH))
  await database.sql(
    "INSERT INTO assignees (tenant_id, id, name, city) VALUES ('summary', 'sum', 'Sum', '0')",
  )
  await readOn(gateway, mirror)
  await session.query(`
    CREATE OR REPLACE FUNCTION sum_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      UPDATE assignees SET city = city::int + 1 WHERE tenant_id = NEW.tenant_id AND id = 'sum'; RETURN NULL; END $$;
    CREATE TRIGGER sum_up AFTER INSERT ON assignees FOR EACH ROW EXECUTE FUNCTION sum_up()`)
  await database.sql(
    "INSERT INTO assignees (tenant_id, id, name) SELECT 'summary', 'a' || i, 'C' FROM generate_series(1, 1500) AS i",
  )
  await session.query('DROP TRIGGER sum_up ON assignees')
  const told: string[] = []
  for (;;) {
    const { changes, more } = await done(gateway.changes())
    mirror.take(changes)
    told.push(...rowChanges(changes).map(({ id }) => id))
    if (!more) break
  }
  expect(told.filter((id) => id === 'sum')).toHaveLength(1)
  expect(told).toHaveLength(1501)
  await expectEqual('summary', mirror)
})

test('PG-93 a batch whose BEFORE trigger changes a row that it is still to write goes row by row; what is impossible even so is refused', async () => {
  const gateway = database.gateway('before')
  await done(gateway.open(EPOCH))
  await done(gateway.apply(batchOf([entry(1, [insertAssignee('a1'), insertAssignee('a2')])])))
  await session.query(`
    CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      UPDATE assignees SET email = NEW.city
        WHERE tenant_id = NEW.tenant_id AND CASE NEW.city WHEN 'own' THEN id = NEW.id ELSE id <> NEW.id END;
      RETURN NEW; END $$;
    CREATE TRIGGER touch BEFORE UPDATE OF city ON assignees FOR EACH ROW EXECUTE FUNCTION touch()`)
  const city = (id: string, value: string) => update('assignees', id, { city: value })
  const both = entry(2, [city('a1', 'York'), city('a2', 'Hull')])
  expect(await done(gateway.apply(batchOf([both])))).toMatchObject({ is: 'applied', applied: 2 })
  const answer = await done(
    gateway.apply(batchOf([entry(3, [city('a1', 'own')]), entry(4, [city('a2', 'Bath')])])),
  )
  expect(answer).toMatchObject({ is: 'applied', applied: 3, refusals: [{ seq: 3, sqlState: '27000' }] })
  expect(await done(gateway.apply(batchOf([entry(4, [city('a2', 'Bath')])])))).toMatchObject({
    is: 'applied',
    applied: 4,
  })
  await session.query('DROP TRIGGER touch ON assignees')
  expect(
    await database.sql("SELECT city, email FROM assignees WHERE tenant_id = 'before' ORDER BY id"),
  ).toEqual([
    { city: 'York', email: 'Bath' },
    { city: 'Bath', email: 'York' },
  ])
})
