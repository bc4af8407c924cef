import * as v from 'valibot'
import { beforeAll, expect, test } from 'vitest'
import { defineApp } from '../../../src/define/define-app.ts'
import { assignees, cards } from '../../fixtures/board/schema.ts'
import { useDatabase } from '../support/database.ts'
import {
  batchOf,
  done,
  EPOCH,
  entry,
  insertAssignee,
  insertCard,
  oneByOne,
  update,
} from '../support/edits.ts'

const database = useDatabase()

const claims = v.object({ sub: v.string(), tenant: v.string() })

/** The sample application, but its assignees are written edit by edit. */
const stepwise = defineApp({ tables: { assignees, cards }, claims })
  .collection('assignees', { writes: 'each' })
  .collection('cards')

beforeAll(() =>
  database.sql(`
    CREATE TABLE steps (place serial, tenant text, step text);
    GRANT INSERT ON steps TO tidemark_app;
    GRANT USAGE ON SEQUENCE steps_place_seq TO tidemark_app;
    CREATE FUNCTION note_step() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN
        INSERT INTO steps (tenant, step) VALUES (NEW.tenant_id, coalesce(OLD.city, '-') || ' to ' || NEW.city);
        RETURN NULL;
      END $$;
    CREATE TRIGGER note AFTER INSERT OR UPDATE ON assignees FOR EACH ROW EXECUTE FUNCTION note_step()`),
)

const stepsOf = async (tenant: string) =>
  (await database.sql('SELECT step FROM steps WHERE tenant = $1 ORDER BY place', [tenant])).map(
    ({ step }) => step,
  )

const moves = [
  entry(1, [insertAssignee('a1', { city: 'Ayr' })]),
  entry(2, [update('assignees', 'a1', { city: 'Bath' })]),
  entry(3, [update('assignees', 'a1', { city: 'Cork' }), insertCard('c1')]),
]

test('PG-80 the triggers of a table that asks for it see every edit of a batch', async () => {
  const gateway = database.gateway('each', { app: stepwise })
  await done(gateway.open(EPOCH))
  expect(await done(gateway.apply(batchOf(moves)))).toMatchObject({ is: 'applied', applied: 3, refusals: [] })
  expect(await stepsOf('each')).toEqual(['- to Ayr', 'Ayr to Bath', 'Bath to Cork'])
})

test('PG-80 those of any other table see what a batch comes to', async () => {
  const gateway = database.gateway('net')
  await done(gateway.open(EPOCH))
  await done(gateway.apply(batchOf(moves)))
  expect(await stepsOf('net')).toEqual(['- to Cork'])
})

test('PG-80 a batch that touches no such table goes set-wise', async () => {
  const gateway = database.gateway('untouched', { app: stepwise })
  await done(gateway.open(EPOCH))
  await done(gateway.apply(batchOf(moves)))
  await database.sql(`
    CREATE FUNCTION note_card() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN INSERT INTO steps (tenant, step) VALUES ('cards', TG_OP); RETURN NULL; END $$;
    CREATE TRIGGER note AFTER UPDATE ON cards FOR EACH ROW EXECUTE FUNCTION note_card()`)
  const edits = [4, 5, 6].map((seq) => entry(seq, [update('cards', 'c1', { notes: `n${seq}` })]))
  await done(gateway.apply(batchOf(edits)))
  expect(await stepsOf('cards')).toEqual(['UPDATE'])
})

test('PG-81 edit by edit a batch ends at its first refusal, with its verdict', async () => {
  const gateway = database.gateway('refused', { app: stepwise })
  await done(gateway.open(EPOCH))
  await done(gateway.apply(batchOf(moves)))
  const edits = [
    entry(4, [update('assignees', 'a1', { city: 'Deal' })]),
    entry(5, [insertAssignee('a1')]),
    entry(6, [update('assignees', 'a1', { city: 'Ely' })]),
  ]
  expect(await done(gateway.apply(batchOf(edits)))).toMatchObject({
    is: 'applied',
    applied: 5,
    refusals: [{ seq: 5, sqlState: 'TM002' }],
  })
  expect((await stepsOf('refused')).at(-1)).toBe('Cork to Deal')
})

test('PG-81 edit by edit nothing is done while rows were changed outside unseen, also by whom the batch waited for', async () => {
  const gateway = database.gateway('unseen', { app: stepwise })
  await done(gateway.open(EPOCH))
  await done(gateway.apply(batchOf(moves)))
  const other = await database.session()
  await other.query('BEGIN')
  await other.query("UPDATE assignees SET city = 'York' WHERE tenant_id = 'unseen'")
  const waiting = done(gateway.apply(batchOf([entry(4, [update('assignees', 'a1', { city: 'Deal' })])])))
  await expect
    .poll(() => database.sql("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"))
    .toHaveLength(1)
  await other.query('COMMIT')
  expect(await waiting).toMatchObject({
    is: 'behind',
    applied: 3,
    external: { changes: [{ kind: 'update', after: { city: 'York' } }] },
  })
  expect((await stepsOf('unseen')).at(-1)).toBe('Cork to York')
})

test('PG-86 takes 500 edits at the most in one call, and answers how far it got', async () => {
  const gateway = database.gateway('many')
  await done(gateway.open(EPOCH))
  const entries = [
    entry(1, [insertAssignee('a1')]),
    ...Array.from({ length: 1_200 }, (_, i) => entry(i + 2, [update('assignees', 'a1', { city: `${i}` })])),
  ]
  const reached: number[] = []
  while ((reached.at(-1) ?? 0) < entries.length) {
    const answer = await done(gateway.apply(oneByOne(batchOf(entries.slice(reached.at(-1) ?? 0)))))
    if (answer.is !== 'applied') throw new Error(`the answer is "${answer.is}"`)
    expect(answer.refusals).toEqual([])
    reached.push(answer.applied)
  }
  expect(reached).toEqual([500, 1_000, 1_201])
  expect(await database.sql("SELECT city FROM assignees WHERE tenant_id = 'many'")).toEqual([
    { city: '1199' },
  ])
  const [history] = await database.sql(
    "SELECT count(*)::int, count(DISTINCT seq)::int AS seqs FROM tidemark.history WHERE tenant_id = 'many'",
  )
  expect(history).toEqual({ count: 1_201, seqs: 1_201 })
})

test('PG-86 a call that is repeated after it got so far is told the same', async () => {
  const gateway = database.gateway('again')
  await done(gateway.open(EPOCH))
  const entries = Array.from({ length: 600 }, (_, i) => entry(i + 1, [insertAssignee(`a${i}`)]))
  const batch = oneByOne(batchOf(entries))
  const first = await done(gateway.apply(batch))
  expect(first).toMatchObject({ is: 'applied', applied: 500, refusals: [] })
  expect(await done(gateway.apply(batch))).toMatchObject({ is: 'applied', applied: 500, refusals: [] })
})
