import { expect, test } from 'vitest'
import type { Change, External, LogEntry } from '../../../src/core/log/log.ts'
import { applyStatement } from '../../../src/postgres/statements/apply-statement.ts'
import { sqlNames } from '../../../src/postgres/statements/sql-names.ts'
import { app } from '../../fixtures/board/sync.ts'
import { useDatabase } from '../support/database.ts'
import {
  batchOf,
  done,
  EPOCH,
  emptyBatch,
  entry,
  insertAssignee,
  oneByOne,
  proposalOf,
  rowChanges,
  update,
} from '../support/edits.ts'

const database = useDatabase()

const ROWS = 20_000
const PAGE = 3_000

/** What one statement of somebody else does to assignees a00001 to a20000. */
const bulk = {
  insert: `INSERT INTO assignees (tenant_id, id, name)
    SELECT $1, 'a' || lpad(i::text, 5, '0'), 'Assignee' FROM generate_series(1, ${ROWS}) AS i`,
  update: "UPDATE assignees SET city = 'Leeds' WHERE tenant_id = $1",
  delete: 'DELETE FROM assignees WHERE tenant_id = $1',
}

const setCity = (id: string, city: string) => update('assignees', id, { city })

test('BLK-1 20,000 changes of one statement are read in seven calls, each in its turn', async () => {
  const gateway = database.gateway('bulk')
  const read = () => done(gateway.changes())
  await done(gateway.open(EPOCH))
  for (const [kind, statement] of Object.entries(bulk)) {
    await database.sql(statement, ['bulk'])
    const pages: Awaited<ReturnType<typeof read>>[] = []
    do pages.push(await read())
    while (pages.at(-1)?.more)
    const changes = pages.flatMap((page) => rowChanges(page.changes))
    expect(pages.length).toBeLessThanOrEqual(ROWS / PAGE + 1)
    expect(changes).toHaveLength(ROWS)
    expect(new Set(changes.map(({ id }) => id)).size).toBe(ROWS)
    expect(new Set(changes.map((change) => change.kind))).toEqual(new Set([kind]))
  }
})

test.for([
  ['set-wise', batchOf],
  ['edit by edit', (edits: Parameters<typeof batchOf>[0]) => oneByOne(batchOf(edits))],
] as const)(
  'BLK-2 a batch that waits for changes gets all of its rows at once, however many others come before, %s',
  async ([how, batchAs]) => {
    const gateway = database.gateway(how)
    await done(gateway.open(EPOCH))
    await database.sql(bulk.insert, [how])
    await database.sql(bulk.update, [how])
    await database.sql("UPDATE assignees SET city = 'York' WHERE tenant_id = $1 AND id > 'a19990'", [how])
    const edit = batchAs([entry(1, [setCity('a19995', 'X'), setCity('a19999', 'Y')])])
    const behind = await done(gateway.apply(edit))
    if (!('external' in behind)) throw new Error('an answer to a batch carries external changes')
    const told = rowChanges(behind.external.changes)
    expect(behind).toMatchObject({ is: 'behind', applied: 0, external: { more: true } })
    // The usual page first, and then those that the edit waits for, each row in its order.
    expect(told).toHaveLength(PAGE + 6)
    expect(told.slice(PAGE).map(({ kind, id, after }) => [kind, id, after['city']])).toEqual([
      ['insert', 'a19995', ''],
      ['insert', 'a19999', ''],
      ['update', 'a19995', 'Leeds'],
      ['update', 'a19999', 'Leeds'],
      ['update', 'a19995', 'York'],
      ['update', 'a19999', 'York'],
    ])
    const applied = await done(gateway.apply(edit))
    if (!('external' in applied)) throw new Error('an answer to a batch carries external changes')
    expect(applied).toMatchObject({ is: 'applied', applied: 1, external: { more: true } })
    // Everything else comes once, also what is changed meanwhile of a row that was read before its turn.
    await database.sql("UPDATE assignees SET city = 'Hull' WHERE tenant_id = $1 AND id = 'a19995'", [how])
    const seen = [...told, ...rowChanges(applied.external.changes)]
    let page = applied.external
    while (page.more) {
      page = await done(gateway.changes())
      seen.push(...rowChanges(page.changes))
    }
    seen.push(...rowChanges((await done(gateway.changes())).changes))
    expect(seen).toHaveLength(2 * ROWS + 10 + 1)
    expect(seen.filter(({ id }) => id === 'a19995').map(({ after }) => after['city'])).toEqual([
      '',
      'Leeds',
      'York',
      'Hull',
    ])
    // And the cursor names nothing any more that was read before its turn.
    const after = await done(gateway.changes())
    expect(after.changes).toEqual([])
    await database.sql("UPDATE assignees SET city = 'Bath' WHERE tenant_id = $1 AND id = 'a19999'", [how])
    const last = await done(gateway.changes())
    expect(rowChanges(last.changes)).toMatchObject([{ id: 'a19999', before: { city: 'Y' } }])
    expect(last.cursor.split('|')).toHaveLength(4)
  },
)

test('BLK-2 the steps of a transaction are one change also where they are read before their turn', async () => {
  const gateway = database.gateway('steps')
  await done(gateway.open(EPOCH))
  await database.sql(bulk.insert, ['steps'])
  const set = (city: string) =>
    `UPDATE assignees SET city = '${city}' WHERE tenant_id = 'steps' AND id = 'a19995'`
  await database.sql(`${set('York')}; ${set('Hull')}`)
  const edit = batchOf([entry(1, [setCity('a19995', 'X')])])
  const behind = await done(gateway.apply(edit))
  if (!('external' in behind)) throw new Error('an answer to a batch carries external changes')
  const told = rowChanges(behind.external.changes).slice(PAGE)
  expect(told.map(({ kind, after }) => [kind, after['city']])).toEqual([
    ['insert', ''],
    ['update', 'Hull'],
  ])
  // The later step counts as read with the first: the batch waits for nothing more.
  expect(await done(gateway.apply(edit))).toMatchObject({ is: 'applied', applied: 1 })
})

test('BLK-2 what is not committed when a row is read before its turn comes after it', async () => {
  const gateway = database.gateway('open')
  await done(gateway.open(EPOCH))
  const other = await database.session()
  await other.query('BEGIN')
  await other.query("INSERT INTO assignees (tenant_id, id, name) VALUES ('open', 'a0', 'Early')")
  await database.sql(bulk.insert, ['open'])
  const edit = batchOf([entry(1, [insertAssignee('a0'), setCity('a20000', 'X')])])
  const behind = await done(gateway.apply(edit))
  if (!('external' in behind)) throw new Error('an answer to a batch carries external changes')
  const ids = rowChanges(behind.external.changes).map(({ id }) => id)
  await other.query('COMMIT')
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids).toContain('a20000')
  expect(ids).not.toContain('a0')
  let page = behind.external
  while (page.more) {
    page = await done(gateway.changes())
    ids.push(...rowChanges(page.changes).map(({ id }) => id))
  }
  ids.push(...rowChanges((await done(gateway.changes())).changes).map(({ id }) => id))
  expect(ids).toHaveLength(ROWS + 1)
  expect(new Set(ids).size).toBe(ROWS + 1)
})

test('BLK-2 a proposal that waits for changes gets those of its rows, and is read in its turn', async () => {
  const gateway = database.gateway('first')
  await done(gateway.open(EPOCH))
  await database.sql(bulk.insert, ['first'])
  const question = proposalOf(1, [setCity('a20000', 'X')], 'client-first')
  const waits = await done(gateway.propose(emptyBatch(0), question))
  expect(waits).toMatchObject({ is: 'applied', external: { more: true, changes: { length: PAGE + 1 } } })
  const taken = await done(gateway.propose(emptyBatch(0), question))
  expect(taken).toMatchObject({ verdict: { is: 'taken' }, external: { more: true } })
  // Its rows are unread now, as a whole: an edit of one of them waits until it has been read.
  const edit = batchOf([entry(1, [setCity('a20000', 'Y')])])
  const kinds = new Set<string>()
  let answer = await done(gateway.apply(edit))
  let calls = 1
  while ('external' in answer && answer.is === 'behind') {
    for (const { kind } of answer.external.changes) kinds.add(kind)
    answer = await done(gateway.apply(edit))
    calls += 1
  }
  expect(answer).toMatchObject({ is: 'applied', applied: 1 })
  expect(kinds).toEqual(new Set(['insert', 'proposal']))
  expect(calls).toBeGreaterThan(2)
})

test('BLK-5 the history has external changes as they were made, of which a batch names the columns once', async () => {
  const gateway = database.gateway('told')
  await done(gateway.open(EPOCH))
  await database.sql(bulk.insert, ['told'])
  await database.sql(
    "UPDATE assignees SET city = 'Ó \"quoted\"', email = 'it''s' WHERE tenant_id = 'told' AND id <= 'a00100'",
  )
  await database.sql("DELETE FROM assignees WHERE tenant_id = 'told' AND id > 'a00100'")
  const seen: ReturnType<typeof rowChanges> = []
  let page: Awaited<ReturnType<typeof read>>
  const read = () => done(gateway.changes())
  do {
    page = await read()
    seen.push(...rowChanges(page.changes))
  } while (page.more)
  const some = [...seen.slice(0, 100), ...seen.slice(ROWS, ROWS + 200)]
  const entries = some.map(({ kind, collection, id, before, after, seen: sight }, place): LogEntry => {
    const external: External = {
      kind,
      collection,
      id,
      before,
      after,
      seen: sight,
      replaces: kind !== 'update',
    }
    return entry(place + 1, [], { actor: 'sql', subject: 'psql', external: [external], repairs: [] })
  })
  const own: Change = setCity('a00001', 'Mine')
  const batch = batchOf([...entries, entry(entries.length + 1, [own])])
  const { params } = applyStatement('told', batch, '', sqlNames(app.tables))
  // In the shapes of an insert, an update and a delete: before and after.
  expect(String(params[4]).match(/"city"/g)).toHaveLength(4)
  await done(gateway.apply(batch))
  const kept = await database.sql(
    "SELECT outside FROM tidemark.history WHERE tenant_id = 'told' AND actor = 'sql' ORDER BY seq",
  )
  expect(kept.map(({ outside: external }) => external)).toEqual(
    some.map(({ kind, collection, id, before, after }) => ({
      op: kind,
      table: collection,
      id,
      before,
      after,
    })),
  )
  expect(
    await database.sql("SELECT 1 FROM tidemark.history WHERE tenant_id = 'told' AND outside IS NULL"),
  ).toHaveLength(1)
})
