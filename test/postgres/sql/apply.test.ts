import { expect, test } from 'vitest'
import type { Change } from '../../../src/core/log/log.ts'
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
import { randomEdits } from '../support/random-edits.ts'

const database = useDatabase()

const dump = (tenant: string) =>
  Promise.all(
    ['assignees', 'cards'].map((table) =>
      database.sql(`SELECT * FROM ${table} WHERE tenant_id = $1 ORDER BY id`, [tenant]),
    ),
  ).then((tables) => tables.map((rows) => rows.map(({ tenant_id: _, ...row }) => row)))

test.for([1, 2, 3, 4, 5])('PG-6 set-wise and edit by edit come to the same rows (seed %i)', async (seed) => {
  const edits = randomEdits(seed, 120)
  const [together, apart] = [`together-${seed}`, `apart-${seed}`]
  for (const tenant of [together, apart]) await done(database.gateway(tenant).open(EPOCH))
  const batch = batchOf(edits)
  const all = { is: 'applied', applied: 120, refusals: [] }
  expect(await done(database.gateway(together).apply(batch))).toMatchObject(all)
  expect(await done(database.gateway(apart).apply(oneByOne(batch)))).toMatchObject(all)
  const rows = await dump(together)
  expect(rows.flat().length).toBeGreaterThan(10)
  expect(rows).toEqual(await dump(apart))
})

test('PG-7 a batch without refusals takes one statement per table, kind and set of columns, however many edits it has', async () => {
  await database.sql(`
    CREATE TABLE statements (kind text);
    GRANT INSERT ON statements TO tidemark_app;
    CREATE FUNCTION note_statement() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN INSERT INTO statements VALUES (TG_OP); RETURN NULL; END $$;
    CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON assignees
      FOR EACH STATEMENT EXECUTE FUNCTION note_statement()`)
  const gateway = database.gateway('counted')
  await done(gateway.open(EPOCH))
  const ids = Array.from({ length: 100 }, (_, i) => `a${i}`)
  await done(gateway.apply(batchOf(ids.map((id, i) => entry(i + 1, [insertAssignee(id)])))))
  const touch = (id: string, i: number): Change =>
    i < 50 ? update('assignees', id, i % 2 ? { name: `N${i}` } : { city: `C${i}` }) : remove('assignees', id)
  await done(gateway.apply(batchOf(ids.map((id, i) => entry(101 + i, [touch(id, i)])))))
  await database.sql('DROP TRIGGER note ON assignees')
  expect(await database.sql('SELECT kind FROM statements')).toEqual([
    { kind: 'INSERT' },
    { kind: 'UPDATE' },
    { kind: 'UPDATE' },
    { kind: 'DELETE' },
  ])
  const [row] = await database.sql(
    "SELECT name, city FROM assignees WHERE tenant_id = 'counted' AND id = 'a3'",
  )
  expect(row).toEqual({ name: 'N3', city: '' })
})

test('PG-71 rows of one batch that name different columns each keep, or get, the standard of the others', async () => {
  const gateway = database.gateway('various')
  await done(gateway.open(EPOCH))
  const bare: Change = { kind: 'insert', collection: 'assignees', id: 'a2', after: { id: 'a2', name: 'Ben' } }
  await done(gateway.apply(batchOf([entry(1, [insertAssignee('a1', { city: 'Hull' }), bare])])))
  const apart = [update('assignees', 'a1', { name: 'Ada' }), update('assignees', 'a2', { city: 'York' })]
  await done(gateway.apply(batchOf([entry(2, apart)])))
  const rows = await database.sql(
    "SELECT id, name, email, city FROM assignees WHERE tenant_id = 'various' ORDER BY id",
  )
  expect(rows).toEqual([
    { id: 'a1', name: 'Ada', email: '', city: 'Hull' },
    { id: 'a2', name: 'Ben', email: '', city: 'York' },
  ])
})

test('PG-8 a refused edit ends the batch: what was before it stays, itself and what follows has no effect', async () => {
  await database.sql('ALTER TABLE cards ADD CONSTRAINT reactions_not_many CHECK (reactions < 5)')
  const gateway = database.gateway('refused')
  await done(gateway.open(EPOCH))
  const entries = [
    entry(1, [insertAssignee('a1'), insertCard('c1')]),
    entry(2, [insertCard('c2'), update('cards', 'c1', { reactions: 9 })]),
    entry(3, [insertCard('c3')]),
  ]
  const answer = await done(gateway.apply(batchOf(entries)))
  expect(answer).toMatchObject({
    is: 'applied',
    applied: 2,
    refusals: [{ seq: 2, sqlState: '23514', constraint: 'reactions_not_many' }],
  })
  expect(await database.sql("SELECT id FROM cards WHERE tenant_id = 'refused'")).toEqual([{ id: 'c1' }])
  const history = await database.sql(
    "SELECT seq, refused ->> 'sqlState' AS refused FROM tidemark.history WHERE tenant_id = 'refused' ORDER BY seq",
  )
  expect(history).toEqual([
    { seq: '1', refused: null },
    { seq: '2', refused: '23514' },
  ])
  expect(await done(gateway.apply(batchOf(entries)))).toEqual(answer)
  const rest = [entry(3, [insertCard('c3')])]
  expect(await done(gateway.apply(batchOf(rest)))).toMatchObject({ is: 'applied', applied: 3, refusals: [] })
})

const refusals: [string, Change[], object][] = [
  [
    'a taken unique value',
    [insertCard('x', { number: 'N-c1' })],
    { sqlState: '23505', constraint: 'cards_number' },
  ],
  ['an id that exists', [insertAssignee('a1')], { sqlState: 'TM002' }],
  ['an update of a row that is gone', [update('assignees', 'gone', { name: 'X' })], { sqlState: 'TM001' }],
  ['a delete of a row that is gone', [remove('assignees', 'gone')], { sqlState: 'TM001' }],
  ['a missing value', [update('assignees', 'a1', { name: null })], { sqlState: '23502', column: 'name' }],
  [
    'a number out of range',
    [update('cards', 'c1', { reactions: 2 ** 31 }, { reactions: 2 ** 31 })],
    { sqlState: '22003' },
  ],
  [
    'a reference to nothing',
    [insertCard('x', { assigneeId: 'nobody' })],
    { sqlState: '23503', constraint: 'cards_assignee' },
  ],
  [
    'a row still referred to',
    [remove('assignees', 'a1')],
    { sqlState: '23503', constraint: 'cards_assignee' },
  ],
]

test.for(refusals.map(([why, changes, refusal], i) => ({ why, changes, refusal, i })))(
  'PG-9 Postgres refuses $why, and says so of that edit alone',
  async ({ changes, refusal, i }) => {
    const gateway = database.gateway(`refusal-${i}`)
    await done(gateway.open(EPOCH))
    await done(gateway.apply(batchOf([entry(1, [insertAssignee('a1'), insertCard('c1')])])))
    expect(
      await done(gateway.apply(batchOf([entry(2, changes), entry(3, [insertAssignee('a3')])]))),
    ).toMatchObject({
      applied: 2,
      refusals: [{ seq: 2, ...refusal }],
    })
  },
)

test('PG-10 a rule of the database refuses with its own sentence', async () => {
  await database.sql(`
    CREATE FUNCTION refuse_nemo() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'Nemo is nobody.'; END $$;
    CREATE TRIGGER no_nemo BEFORE INSERT ON assignees FOR EACH ROW WHEN (NEW.name = 'Nemo') EXECUTE FUNCTION refuse_nemo()`)
  const gateway = database.gateway('ruled')
  await done(gateway.open(EPOCH))
  expect(
    await done(gateway.apply(batchOf([entry(1, [insertAssignee('a1', { name: 'Nemo' })])]))),
  ).toMatchObject({
    refusals: [{ seq: 1, sqlState: 'P0001', message: 'Nemo is nobody.' }],
  })
})

test('PG-11 an edit may insert a record before the one it refers to', async () => {
  const gateway = database.gateway('deferred')
  await done(gateway.open(EPOCH))
  const batch = batchOf([entry(1, [insertCard('c1'), insertAssignee('a1')])])
  expect(await done(gateway.apply(oneByOne(batch)))).toMatchObject({
    is: 'applied',
    applied: 1,
    refusals: [],
  })
})
