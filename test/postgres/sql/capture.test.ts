import { expect, test } from 'vitest'
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

/** A tenant with an assignee and a card, at seq 1. */
async function opened(tenant: string) {
  const gateway = database.gateway(tenant)
  await done(gateway.open(EPOCH))
  await done(gateway.apply(batchOf([entry(1, [insertAssignee('a1'), insertCard('c1')])])))
  return gateway
}

const prize = { card_id: 'c1', awarded_points: 5, kind: 'medal', won_on: '2026-01-31' }
const insertPrize = (tenant: string, id: string) =>
  database.sql('INSERT INTO prizes VALUES ($1, $2, $3, $4, $5, $6)', [tenant, id, ...Object.values(prize)])

test('PG-30 what others insert, update and delete comes once each: changed columns of an update, else the whole row', async () => {
  const gateway = await opened('others')
  await database.sql("INSERT INTO assignees (tenant_id, id, name) VALUES ('others', 'a2', 'Ben')")
  await database.sql(
    "UPDATE assignees SET city = 'York', email = '' WHERE tenant_id = 'others' AND id = 'a2'",
  )
  await database.sql("UPDATE assignees SET city = 'York' WHERE tenant_id = 'others' AND id = 'a2'")
  await database.sql("DELETE FROM assignees WHERE tenant_id = 'others' AND id = 'a2'")
  const place = { collection: 'assignees', id: 'a2', epoch: EPOCH, seen: 1, by: 'postgres' }
  const row = { id: 'a2', name: 'Ben', email: '', city: '' }
  const { changes, more } = await done(gateway.changes())
  expect(changes).toEqual([
    { ...place, kind: 'insert', before: {}, after: row },
    { ...place, kind: 'update', before: { city: '' }, after: { city: 'York' } },
    { ...place, kind: 'delete', before: { ...row, city: 'York' }, after: {} },
  ])
  expect(more).toBe(false)
  expect((await done(gateway.changes())).changes).toEqual([])
})

test.for([
  ['set-wise', (batch: ReturnType<typeof batchOf>) => batch],
  ['one by one', oneByOne],
] as const)('PG-31 what a batch writes itself comes back with no answer (%s)', async ([way, as]) => {
  const gateway = await opened(`echo ${way}`)
  const edits = [
    entry(2, [insertAssignee('a2'), insertAssignee('a3')]),
    entry(3, [update('assignees', 'a2', { city: 'Leeds' })]),
    entry(4, [remove('assignees', 'a3'), update('assignees', 'a1', { name: 'Z' })]),
  ]
  const answer = await done(gateway.apply(as(batchOf(edits))))
  expect(answer).toMatchObject({ applied: 4, refusals: [], external: { changes: [] } })
  expect(await database.sql("SELECT 1 FROM tidemark.sync_change WHERE tenant_id LIKE 'echo%'")).toEqual([])
})

test('PG-32 what cascades and other triggers do for a batch comes with its answer, as done in sight of it', async () => {
  await database.sql(`
    ALTER TABLE prizes DROP CONSTRAINT prizes_card,
      ADD CONSTRAINT prizes_card FOREIGN KEY (tenant_id, card_id) REFERENCES cards ON DELETE CASCADE;
    CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      UPDATE assignees SET city = NEW.notes WHERE tenant_id = NEW.tenant_id AND id = NEW.assignee_id;
      UPDATE cards SET reactions = reactions + 1 WHERE tenant_id = NEW.tenant_id AND id = NEW.id;
      RETURN NULL; END $$;
    CREATE TRIGGER note AFTER UPDATE OF notes ON cards FOR EACH ROW EXECUTE FUNCTION note_change()`)
  const gateway = await opened('triggered')
  await insertPrize('triggered', 'p1')
  await done(gateway.changes())
  const noted = await done(gateway.apply(batchOf([entry(2, [update('cards', 'c1', { notes: 'Hull' })])])))
  expect(noted).toMatchObject({
    is: 'applied',
    external: {
      changes: [
        {
          kind: 'update',
          collection: 'assignees',
          id: 'a1',
          before: { city: '' },
          after: { city: 'Hull' },
          seen: 2,
        },
        {
          kind: 'update',
          collection: 'cards',
          id: 'c1',
          before: { reactions: 0 },
          after: { reactions: 1 },
          seen: 2,
        },
      ],
    },
  })
  const deleted = await done(gateway.apply(batchOf([entry(3, [remove('cards', 'c1')])])))
  expect(deleted).toMatchObject({
    external: {
      changes: [{ kind: 'delete', collection: 'prizes', id: 'p1', before: { awardedPoints: 5 }, seen: 3 }],
    },
  })
  expect((await done(gateway.changes())).changes).toEqual([])
  await database.sql('DROP TRIGGER note ON cards')
})

test('PG-33 where a trigger stored something else than was sent, the difference is an external change', async () => {
  await database.sql(`
    CREATE FUNCTION tidy() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN NEW.name := trim(NEW.name); NEW.city := upper(NEW.city); RETURN NEW; END $$;
    CREATE TRIGGER tidy BEFORE INSERT OR UPDATE ON assignees FOR EACH ROW EXECUTE FUNCTION tidy()`)
  const gateway = await opened('tidied')
  const edits = [
    entry(2, [insertAssignee('a2', { name: ' Ben ' }), update('assignees', 'a1', { email: 'x' })]),
  ]
  const inserted = await done(gateway.apply(batchOf(edits)))
  const place = { kind: 'update', collection: 'assignees', seen: 2 }
  expect(inserted).toMatchObject({
    applied: 2,
    refusals: [],
    external: { changes: [{ ...place, id: 'a2', before: { name: ' Ben ' }, after: { name: 'Ben' } }] },
  })
  const both = [
    update('assignees', 'a1', { city: 'York', name: ' Ada' }),
    update('assignees', 'a2', { city: 'X' }),
  ]
  const updated = await done(gateway.apply(oneByOne(batchOf([entry(3, both)]))))
  const before = { city: 'York', name: ' Ada' }
  expect(updated).toMatchObject({
    applied: 3,
    refusals: [],
    external: { changes: [{ ...place, seen: 3, id: 'a1', before, after: { city: 'YORK', name: 'Ada' } }] },
  })
  await database.sql('DROP TRIGGER tidy ON assignees')
})

test('PG-34 a row whose key changes is another row, in its own tenant', async () => {
  const [from, to] = [await opened('from'), await opened('to')]
  await database.sql("INSERT INTO assignees (tenant_id, id, name) VALUES ('from', 'a2', 'Ben')")
  await database.sql("UPDATE assignees SET id = 'a3' WHERE tenant_id = 'from' AND id = 'a2'")
  await database.sql(
    "UPDATE assignees SET tenant_id = 'to', name = 'Bo' WHERE tenant_id = 'from' AND id = 'a3'",
  )
  expect((await done(from.changes())).changes).toMatchObject([
    { kind: 'insert', id: 'a2' },
    { kind: 'delete', id: 'a2', before: { id: 'a2', name: 'Ben' } },
    { kind: 'insert', id: 'a3', after: { id: 'a3', name: 'Ben' } },
    { kind: 'delete', id: 'a3' },
  ])
  expect((await done(to.changes())).changes).toMatchObject([
    { kind: 'insert', id: 'a3', after: { id: 'a3', name: 'Bo' } },
  ])
})

test('PG-35 a change names who its session says it is, else its role, which needs no rights of ours', async () => {
  const gateway = await opened('named')
  await database.sql(
    `CREATE ROLE bookkeeper LOGIN PASSWORD 'x'; GRANT UPDATE, SELECT ON assignees TO bookkeeper;
     CREATE POLICY tidemark_open_bookkeeper ON assignees TO bookkeeper USING (true)`,
  )
  const bookkeeper = await database.session({ username: 'bookkeeper', password: 'x' })
  const rename = "UPDATE assignees SET name = name || '!' WHERE tenant_id = 'named'"
  await bookkeeper.query(rename)
  await bookkeeper.query(`BEGIN; SET LOCAL tidemark.by = 'Mia, by import'; ${rename}; COMMIT`)
  await bookkeeper.query(rename)
  const { changes } = await done(gateway.changes())
  expect(changes.map(({ by }) => by)).toEqual(['bookkeeper', 'Mia, by import', 'bookkeeper'])
})

test('PG-36 a TRUNCATE is the delete of each row; where that cannot be known it is refused', async () => {
  const gateway = await opened('emptied')
  await insertPrize('emptied', 'p1')
  await insertPrize('emptied', 'p2')
  await done(gateway.changes())
  const keeping = await database.session()
  await keeping.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
  await expect(keeping.query('TRUNCATE prizes')).rejects.toThrow('READ COMMITTED')
  await keeping.query('ROLLBACK')
  await keeping.query('TRUNCATE prizes')
  expect((await done(gateway.changes())).changes).toMatchObject([
    { kind: 'delete', collection: 'prizes', id: 'p1', before: { awardedPoints: 5 }, after: {} },
    { kind: 'delete', collection: 'prizes', id: 'p2' },
  ])
})

test('PG-37 a change carries the ledger it was made in sight of, also when it had to wait for a batch', async () => {
  const gateway = await opened('seeing')
  const [holder, waiter] = [await database.session(), await database.session()]
  await holder.query("BEGIN; SELECT 1 FROM assignees WHERE tenant_id = 'seeing' FOR UPDATE")
  const applying = done(gateway.apply(batchOf([entry(2, [update('assignees', 'a1', { city: 'A' })])])))
  const waiting = (count: number, text: string) => async () =>
    (
      await database.sql(`SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE $1`, [
        text,
      ])
    ).length === count
  await until(waiting(1, '%apply_batch%'))
  const renaming = waiter.query("UPDATE assignees SET city = city || 'B' WHERE tenant_id = 'seeing'")
  await until(waiting(1, 'UPDATE assignees SET city%'))
  await holder.query('COMMIT')
  await applying
  await renaming
  expect((await done(gateway.changes())).changes).toMatchObject([
    { before: { city: 'A' }, after: { city: 'AB' }, epoch: EPOCH, seen: 2 },
  ])
  await database.sql("INSERT INTO assignees (tenant_id, id, name) VALUES ('unopened', 'a1', 'Ada')")
  expect(
    await database.sql("SELECT epoch, seen FROM tidemark.sync_change WHERE tenant_id = 'unopened'"),
  ).toEqual([{ epoch: '', seen: '0' }])
})

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise(setImmediate)
}
