import { expect, test } from 'vitest'
import { applyStatement } from '../../../src/postgres/statements/apply-statement.ts'
import { sqlNames } from '../../../src/postgres/statements/sql-names.ts'
import { app } from '../../fixtures/board/sync.ts'
import { useDatabase } from '../support/database.ts'
import { batchOf, done, EPOCH, entry, insertAssignee, insertCard, oneByOne } from '../support/edits.ts'

const database = useDatabase()

const place = { collection: 'cards', id: 'c1' } as const

/** Each form of change, of one and of several columns, with values that need care in JSON and in SQL. */
const entries = [
  entry(1, [insertAssignee('a1', { name: 'Ó "quoted"\n{[,]}' })]),
  entry(2, [insertCard('c1'), insertCard('c2', { notes: "it's" })]),
  entry(3, []),
  entry(4, [
    {
      kind: 'update',
      ...place,
      before: { notes: '', pointsWon: 0, dueOn: null },
      after: { notes: 'late', pointsWon: 9_007_199_254_740_991, dueOn: '2026-12-31' },
      adds: { pointsWon: 9_007_199_254_740_991 },
    },
  ]),
  entry(5, [{ kind: 'update', ...place, before: { notes: 'late' }, after: { notes: 'later' } }]),
  entry(6, [{ kind: 'update', ...place, before: { notes: 'later' }, after: { notes: '' } }]),
  entry(7, [{ kind: 'delete', collection: 'cards', id: 'c2', before: { notes: "it's", dueOn: null } }]),
]

const row = { number: 'N-c1', assignee_id: 'a1', status: 'draft', target_points: 10_000, points_won: 0 }
const standard = { ...row, reactions: 0, notes: '', due_on: null }
const at = { op: 'update', table: 'cards', id: 'c1', add: {} }

/** What the history says of them. */
const told = [
  [
    {
      op: 'insert',
      table: 'assignees',
      id: 'a1',
      row: { id: 'a1', name: 'Ó "quoted"\n{[,]}', email: '', city: '' },
    },
  ],
  [
    { op: 'insert', table: 'cards', id: 'c1', row: { id: 'c1', ...standard } },
    {
      op: 'insert',
      table: 'cards',
      id: 'c2',
      row: { id: 'c2', ...standard, number: 'N-c2', notes: "it's" },
    },
  ],
  [],
  [
    {
      ...at,
      set: { notes: 'late', due_on: '2026-12-31' },
      add: { points_won: 9_007_199_254_740_991 },
      before: { notes: '', points_won: 0, due_on: null },
    },
  ],
  [{ ...at, set: { notes: 'later' }, before: { notes: 'late' } }],
  [{ ...at, set: { notes: '' }, before: { notes: 'later' } }],
  [{ op: 'delete', table: 'cards', id: 'c2', before: { notes: "it's", due_on: null } }],
]

const historyOf = async (tenant: string) =>
  (
    await database.sql('SELECT changes FROM tidemark.history WHERE tenant_id = $1 ORDER BY seq', [tenant])
  ).map(({ changes }) => changes)

test('PG-85 what a batch says by position is in the history with its names', async () => {
  const gateway = database.gateway('shaped')
  await done(gateway.open(EPOCH))
  expect(await done(gateway.apply(batchOf(entries)))).toMatchObject({ is: 'applied', applied: 7 })
  expect(await historyOf('shaped')).toEqual(told)
})

test('PG-85 it is applied edit by edit as well', async () => {
  const gateway = database.gateway('stepped')
  await done(gateway.open(EPOCH))
  const batch = oneByOne(batchOf(entries))
  expect(await done(gateway.apply(batch))).toMatchObject({ is: 'applied', applied: 7, refusals: [] })
  expect(await historyOf('stepped')).toEqual(told)
  const rows = await database.sql(
    "SELECT id, notes, points_won, due_on::text FROM cards WHERE tenant_id = 'stepped'",
  )
  expect(rows).toEqual([{ id: 'c1', notes: '', points_won: '9007199254740991', due_on: '2026-12-31' }])
})

test('PG-85 changes of one form name their table and columns once', () => {
  const updates = Array.from({ length: 1_000 }, (_, i) =>
    entry(i + 1, [
      { kind: 'update', ...place, before: { notes: `${i}` }, after: { notes: `${i + 1}` } } as const,
    ]),
  )
  const { params } = applyStatement('acme', batchOf(updates), '1:1:', sqlNames(app.tables))
  const changes = String(params[5])
  expect(changes.match(/notes/g)).toHaveLength(2)
  expect(changes.match(/cards/g)).toHaveLength(1)
})

test('PG-85 a batch that still names everything itself is understood, in the form of a proposal’s', async () => {
  const gateway = database.gateway('earlier')
  await done(gateway.open(EPOCH))
  const batch = batchOf(entries)
  const { text, params } = applyStatement('earlier', batch, database.beginning, sqlNames(app.tables))
  const lines = told.map((changes) => JSON.stringify(changes)).join('\n')
  const [answer] = await database.sql(text, params.toSpliced(5, 1, lines))
  expect(answer?.['answer']).toMatchObject({ is: 'applied', applied: 7 })
  expect(await historyOf('earlier')).toEqual(told)
})

test('PG-87 of a batch that passed in part the history keeps the changes of what passed', async () => {
  const gateway = database.gateway('parted')
  await done(gateway.open(EPOCH))
  const refused = entry(3, [insertCard('c2', { assigneeId: 'nobody' })])
  const batch = batchOf([...entries.slice(0, 2), refused, ...entries.slice(3, 6)])
  expect(await done(gateway.apply(batch))).toMatchObject({ applied: 3, refusals: [{ seq: 3 }] })
  expect(await done(gateway.apply(batchOf(batch.entries.slice(3))))).toMatchObject({
    applied: 6,
    refusals: [],
  })
  const kept = await database.sql(
    "SELECT string_to_array(changes, E'\\n') AS lines FROM tidemark.history_batch WHERE tenant_id = 'parted' ORDER BY last_seq",
  )
  // A line of shapes comes before each.
  expect(kept.map(({ lines }) => Array.isArray(lines) && lines.length)).toEqual([4, 4])
  const history = await historyOf('parted')
  expect(history.slice(0, 2)).toEqual(told.slice(0, 2))
  expect(history[2]).toMatchObject([{ op: 'insert', id: 'c2', row: { assignee_id: 'nobody' } }])
  expect(history.slice(3)).toEqual(told.slice(3, 6))
})
