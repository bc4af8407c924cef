import { expect, test } from 'vitest'
import { useDatabase } from './support/database.ts'
import { batchOf, CLIENT, done, EPOCH, entry, insertContact, update } from './support/edits.ts'

const database = useDatabase()
const A_CURSOR = expect.stringMatching(/^\d+:\d+:[\d,]*$/)

test('PG-1 opening a new tenant starts a ledger at 0, and opening it again changes nothing', async () => {
  const gateway = database.gateway('new')
  expect(await done(gateway.open(EPOCH))).toEqual({ applied: 0, marks: [], cursor: A_CURSOR })
  await done(gateway.apply(batchOf([entry(1, [insertContact('c1')])])))
  const mark = { client: CLIENT, subject: 'ada', n: 1, refusals: [] }
  expect(await done(gateway.open(EPOCH))).toEqual({ applied: 1, marks: [mark], cursor: A_CURSOR })
  expect(await done(gateway.open(EPOCH))).toEqual({ applied: 1, marks: [mark], cursor: A_CURSOR })
})

test('PG-2 another epoch takes the tenant over: the old one is fenced, the marks stay', async () => {
  const gateway = database.gateway('taken')
  await done(gateway.open(EPOCH))
  await done(gateway.apply(batchOf([entry(1, [insertContact('c1')])])))
  expect(await done(gateway.open('epoch-2'))).toEqual({
    applied: 0,
    marks: [{ client: CLIENT, subject: 'ada', n: 1, refusals: [] }],
    cursor: A_CURSOR,
  })
  const stale = await done(gateway.apply(batchOf([entry(2, [update('contacts', 'c1', { name: 'Stale' })])])))
  expect(stale).toEqual({ is: 'fenced', epoch: 'epoch-2', applied: 0 })
  expect(await database.sql("SELECT name FROM contacts WHERE tenant_id = 'taken'")).toEqual([
    { name: 'Contact c1' },
  ])
  const next = [entry(1, [update('contacts', 'c1', { name: 'Fresh' })], { n: 2 })]
  expect(await done(gateway.apply(batchOf(next, 'epoch-2')))).toMatchObject({
    is: 'applied',
    applied: 1,
    refusals: [],
  })
})

test('PG-3 a batch sent three times at once has one effect and one answer', async () => {
  const gateway = database.gateway('thrice')
  await done(gateway.open(EPOCH))
  await done(gateway.apply(batchOf([entry(1, [insertContact('c1')])])))
  const counting = update('contacts', 'c1', { city: 'Leeds' })
  const batch = batchOf([
    entry(2, [insertContact('c2')]),
    entry(3, [insertContact('c1')]),
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

test('PG-4 a batch beyond the ledger, or of a tenant never opened, is no answer and changes nothing', async () => {
  const gateway = database.gateway('gap')
  const batch = batchOf([entry(2, [insertContact('c1')])])
  const unopened = await gateway.apply(batch)
  expect(unopened).toMatchObject({ ok: false, failure: 'ambiguous' })
  await done(gateway.open(EPOCH))
  expect(await gateway.apply(batch)).toMatchObject({ ok: false, failure: 'ambiguous' })
  expect(await database.sql("SELECT 1 FROM contacts WHERE tenant_id = 'gap'")).toEqual([])
})

test('PG-5 history and marks are kept of every edit that passed; outside and own entries have no mark', async () => {
  const gateway = database.gateway('told')
  await done(gateway.open(EPOCH))
  const entries = [
    entry(1, [insertContact('c1')], { n: 7 }),
    entry(2, [], { actor: 'object', n: 2, subject: 'object' }),
    entry(3, [update('contacts', 'c1', { city: 'York' })], { actor: 'sql', n: 3, subject: 'sql' }),
    entry(4, [update('contacts', 'c1', { name: 'Zoe' })], { actor: 'client-ben', n: 1, subject: 'ben' }),
    entry(5, [update('contacts', 'c1', { city: 'Bath' })], { n: 8 }),
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
        table: 'contacts',
        id: 'c1',
        row: { id: 'c1', name: 'Contact c1', email: '', city: '' },
      },
    ],
    outside: null,
    refused: null,
  })
  await expect(database.sql('DELETE FROM tidemark.history')).rejects.toThrow('only ever added to')
})
