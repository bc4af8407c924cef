import { expect, test } from 'vitest'
import { useDatabase } from '../support/database.ts'
import { batchOf, CLIENT, done, EPOCH, entry, insertAssignee, update } from '../support/edits.ts'

const database = useDatabase()
const A_CURSOR = expect.stringMatching(/^-?\d+@\d+:\d+:[\d,]*\|\|\|$/)

test('PG-1 opening a new tenant starts a ledger at 0, and opening it again changes nothing', async () => {
  const gateway = database.gateway('new')
  expect(await done(gateway.open(EPOCH))).toEqual({ applied: 0, marks: [], revoked: [], cursor: A_CURSOR })
  await done(gateway.apply(batchOf([entry(1, [insertAssignee('a1')])])))
  const mark = { client: CLIENT, subject: 'ada', n: 1, refusals: [] }
  expect(await done(gateway.open(EPOCH))).toEqual({
    applied: 1,
    marks: [mark],
    revoked: [],
    cursor: A_CURSOR,
  })
  expect(await done(gateway.open(EPOCH))).toEqual({
    applied: 1,
    marks: [mark],
    revoked: [],
    cursor: A_CURSOR,
  })
})

test('PG-2 another epoch takes the tenant over: the old one is fenced, the marks stay', async () => {
  const gateway = database.gateway('taken')
  await done(gateway.open(EPOCH))
  await done(gateway.apply(batchOf([entry(1, [insertAssignee('a1')])])))
  expect(await done(gateway.open('epoch-2'))).toEqual({
    applied: 0,
    marks: [{ client: CLIENT, subject: 'ada', n: 1, refusals: [] }],
    revoked: [],
    cursor: A_CURSOR,
  })
  const stale = await done(gateway.apply(batchOf([entry(2, [update('assignees', 'a1', { name: 'Stale' })])])))
  expect(stale).toEqual({ is: 'fenced', epoch: 'epoch-2' })
  expect(await database.sql("SELECT name FROM assignees WHERE tenant_id = 'taken'")).toEqual([
    { name: 'Assignee a1' },
  ])
  const next = [entry(1, [update('assignees', 'a1', { name: 'Fresh' })], { n: 2 })]
  expect(await done(gateway.apply(batchOf(next, 'epoch-2')))).toMatchObject({
    is: 'applied',
    applied: 1,
    refusals: [],
  })
})

test('PG-56 a claim that arrives late takes the tenant from nobody who has come since', async () => {
  const gateway = database.gateway('late')
  await done(gateway.open('epoch-1'))
  const claim = (epoch: string, over: string | null) =>
    database.sql('SELECT tidemark.open_tenant($1, $2, $3) AS answer', ['late', epoch, over])
  expect(await claim('lost', null)).toEqual([{ answer: { owner: 'epoch-1' } }])
  await done(gateway.open('epoch-2'))
  expect(await claim('lost', 'epoch-1')).toEqual([{ answer: { owner: 'epoch-2' } }])
  expect(await claim('epoch-2', 'epoch-1')).toMatchObject([{ answer: { applied: 0 } }])
})

test('PG-3 a batch sent three times at once has one effect and one answer', async () => {
  const gateway = database.gateway('thrice')
  await done(gateway.open(EPOCH))
  await done(gateway.apply(batchOf([entry(1, [insertAssignee('a1')])])))
  const counting = update('assignees', 'a1', { city: 'Leeds' })
  const batch = batchOf([
    entry(2, [insertAssignee('a2')]),
    entry(3, [insertAssignee('a1')]),
    entry(4, [counting]),
  ])
  const answers = await Promise.all([1, 2, 3].map(() => done(gateway.apply(batch))))
  expect(answers[0]).toMatchObject({ is: 'applied', applied: 3, refusals: [{ seq: 3, sqlState: 'TM002' }] })
  expect(answers).toEqual([answers[0], answers[0], answers[0]])
  const history = await database.sql(
    "SELECT seq FROM tidemark.history WHERE tenant_id = 'thrice' ORDER BY seq",
  )
  expect(history.map(({ seq }) => seq)).toEqual(['1', '2', '3'])
})

test('PG-4 a batch beyond the ledger, or of a tenant never opened, has diverged and changes nothing', async () => {
  const gateway = database.gateway('gap')
  const batch = batchOf([entry(2, [insertAssignee('a1')])])
  const diverged = { is: 'diverged', message: expect.any(String) }
  expect(await done(gateway.apply(batch))).toEqual(diverged)
  await done(gateway.open(EPOCH))
  expect(await done(gateway.apply(batch))).toEqual(diverged)
  expect(await database.sql("SELECT 1 FROM assignees WHERE tenant_id = 'gap'")).toEqual([])
})

test('PG-5 history and marks are kept of every edit that passed; outside and own entries have no mark', async () => {
  const gateway = database.gateway('told')
  await done(gateway.open(EPOCH))
  const entries = [
    entry(1, [insertAssignee('a1')], { n: 7 }),
    entry(2, [], { actor: 'object', n: 2, subject: 'object' }),
    entry(3, [update('assignees', 'a1', { city: 'York' })], { actor: 'sql', n: 3, subject: 'sql' }),
    entry(4, [update('assignees', 'a1', { name: 'Zoe' })], { actor: 'client-ben', n: 1, subject: 'ben' }),
    entry(5, [update('assignees', 'a1', { city: 'Bath' })], { n: 8 }),
  ]
  await done(gateway.apply(batchOf(entries)))
  expect((await done(gateway.open(EPOCH))).marks).toEqual([
    { client: CLIENT, subject: 'ada', n: 8, refusals: [] },
    { client: 'client-ben', subject: 'ben', n: 1, refusals: [] },
  ])
  const [first] = await database.sql("SELECT * FROM tidemark.history WHERE tenant_id = 'told' ORDER BY seq")
  expect(first).toEqual({
    tenant_id: 'told',
    epoch: EPOCH,
    seq: '1',
    actor: CLIENT,
    n: '7',
    subject: 'ada',
    at: new Date(1_767_225_600_123),
    changes: [
      {
        op: 'insert',
        table: 'assignees',
        id: 'a1',
        row: { id: 'a1', name: 'Assignee a1', email: '', city: '' },
      },
    ],
    outside: null,
    refused: null,
  })
  await expect(database.sql('DELETE FROM tidemark.history_batch')).rejects.toThrow('only ever added to')
})

test('PG-53 a log that was put back and went another way has diverged, also where its seqs fit', async () => {
  const gateway = database.gateway('regrown')
  await done(gateway.open(EPOCH))
  await done(gateway.apply(batchOf([entry(1, [insertAssignee('a1')])])))
  const lost = [entry(2, [insertAssignee('a2')]), entry(3, [insertAssignee('a3')])]
  await done(gateway.apply(batchOf(lost)))
  const diverged = { is: 'diverged', message: expect.any(String) }
  const regrown = [entry(2, [insertAssignee('d2')], { actor: 'client-ben', n: 1 })]
  expect(await done(gateway.apply(batchOf(regrown)))).toEqual(diverged)
  expect(await done(gateway.apply(batchOf([entry(1, [insertAssignee('a1')])])))).toEqual(diverged)
  const rows = await database.sql("SELECT id FROM assignees WHERE tenant_id = 'regrown' ORDER BY id")
  expect(rows.map(({ id }) => id)).toEqual(['a1', 'a2', 'a3'])
})

test('PG-54 a repetition that covers less than the first time hears of no more than it names', async () => {
  const gateway = database.gateway('shorter')
  await done(gateway.open(EPOCH))
  const first = entry(1, [insertAssignee('a1')])
  const rest = [entry(2, [insertAssignee('a2')]), entry(3, [update('assignees', 'nobody', { city: 'Hull' })])]
  await done(gateway.apply(batchOf([first, ...rest])))
  expect(await done(gateway.apply(batchOf([first])))).toMatchObject({ applied: 1, refusals: [] })
  expect(await done(gateway.apply(batchOf(rest)))).toMatchObject({ applied: 3, refusals: [{ seq: 3 }] })
})

test('PG-55 a look tells whether the log still fits the ledger', async () => {
  const gateway = database.gateway('looked')
  const { cursor } = await done(gateway.open(EPOCH))
  await done(gateway.apply(batchOf([entry(1, [insertAssignee('a1')])])))
  const look = async (epoch: string, after: number, head = after) =>
    (await done(gateway.poll({ epoch, after, head }, cursor))).is
  expect(await look(EPOCH, 1)).toBe('current')
  // The answer to the batch may have been lost.
  expect(await look(EPOCH, 0, 1)).toBe('current')
  // The log was put back to before the batch.
  expect(await look(EPOCH, 0, 0)).toBe('diverged')
  expect(await look(EPOCH, 2)).toBe('diverged')
  // As after a backup from before that epoch was restored.
  expect(await look('epoch-unheard-of', 0)).toBe('diverged')
  await done(gateway.open('epoch-2'))
  expect(await look(EPOCH, 1)).toBe('fenced')
  expect(await look('epoch-2', 0)).toBe('current')
})

test('PG-57 a look tells when Postgres was put back behind any page before, unless another log has the tenant', async () => {
  const gateway = database.gateway('put-back')
  const { cursor } = await done(gateway.open(EPOCH))
  const place = { epoch: EPOCH, after: 0, head: 0 }
  const { at } = await done(gateway.page('assignees', { after: '', limit: 10 }))
  expect(await done(gateway.poll(place, cursor, at))).toMatchObject({ is: 'current' })
  // As in a database that was put back behind the page and has gone as far since.
  await database.sql('DELETE FROM tidemark.reading WHERE mark = $1', [at.split('|').at(-1)])
  expect(await gateway.poll(place, cursor, at)).toMatchObject({ ok: false, failure: 'expired' })
  // The next page does not hide that.
  const next = await done(gateway.page('assignees', { after: '', limit: 10, reached: at }))
  expect(await gateway.poll(place, cursor, next.at)).toMatchObject({ ok: false, failure: 'expired' })
  await done(gateway.open('epoch-2'))
  expect(await done(gateway.poll(place, cursor, next.at))).toMatchObject({ is: 'fenced' })
})

test('LIF-8 a tenant is deleted in pieces, and from the first on no batch of it is taken', async () => {
  const gateway = database.gateway('erased')
  await done(gateway.open(EPOCH))
  await database.sql(
    "INSERT INTO assignees (tenant_id, id, name) SELECT 'erased', 'a' || i, 'C' FROM generate_series(1, 6000) AS i",
  )
  expect(await done(gateway.erase())).toEqual({ more: true })
  const batch = batchOf([entry(1, [insertAssignee('late')])])
  expect(await done(gateway.apply(batch))).toMatchObject({ is: 'fenced' })
  let pieces = 1
  while ((await done(gateway.erase())).more) pieces += 1
  expect(pieces).toBeGreaterThan(1)
  expect(await database.sql("SELECT 1 FROM assignees WHERE tenant_id = 'erased'")).toEqual([])
  expect(await done(gateway.apply(batch))).toMatchObject({ is: 'diverged' })
})
