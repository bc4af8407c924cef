import { expect, test } from 'vitest'
import type { StoredPage } from '../../../src/core/history/history-port.ts'
import { createHistoryGateway } from '../../../src/postgres/history-gateway.ts'
import { app } from '../../fixtures/board/sync.ts'
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

const historyOf = (tenant: string, more: { deadlineMs?: number; fetchEndpoint?: string } = {}) =>
  createHistoryGateway({
    connectionString: database.workerConnectionString,
    fetchEndpoint: database.endpoint,
    tenant: () => tenant,
    app,
    ...more,
  })

const seqsOf = ({ entries }: StoredPage) => entries.map(({ seq }) => seq)

test('HIS-40 a record is found in batches of many edits, by its table and whole id, and by nobody else’s', async () => {
  const gateway = database.gateway('found')
  await done(gateway.open(EPOCH))
  const ids = ['a1', 'a10', '1', '"a1"', 'a,1', 'ä\\1']
  const inserts = ids.map((id, i) => entry(i + 1, [insertAssignee(id)]))
  const changes = ids.map((id, i) => entry(i + 7, [update('assignees', id, { city: `at "a1" ${i}` })]))
  await done(gateway.apply(batchOf([...inserts, ...changes])))
  await done(gateway.apply(batchOf([entry(13, [insertCard('a1', { notes: 'a1' })])])))
  for (const [i, id] of ids.entries()) {
    const page = await done(historyOf('found').page('assignees', id, { limit: 10 }))
    expect([id, seqsOf(page), page.more, page.epoch, page.applied]).toEqual([
      id,
      [i + 7, i + 1],
      false,
      EPOCH,
      13,
    ])
  }
  expect(seqsOf(await done(historyOf('found').page('cards', 'a1', { limit: 10 })))).toEqual([13])
  expect(seqsOf(await done(historyOf('else').page('cards', 'a1', { limit: 10 })))).toEqual([])
  const edit = await done(historyOf('found').edit({ epoch: EPOCH, seq: 8 }))
  expect(edit).toMatchObject({ seq: 8, changes: [{ kind: 'update', id: 'a10', to: { city: 'at "a1" 1' } }] })
  expect(await done(historyOf('found').edit({ epoch: EPOCH, seq: 99 }))).toBeUndefined()
})

test('HIS-40 of a batch that was refused in part each edit is told once, the refused one with its reason', async () => {
  const gateway = database.gateway('parts')
  await done(gateway.open(EPOCH))
  await done(gateway.apply(batchOf([entry(1, [insertAssignee('a1')])])))
  const entries = [
    entry(2, [update('assignees', 'a1', { city: 'b' })]),
    entry(3, [insertCard('c1', { assigneeId: 'nobody' }), update('assignees', 'a1', { city: 'c' })]),
    entry(4, [update('assignees', 'a1', { city: 'd' })]),
  ]
  await done(gateway.apply(oneByOne(batchOf(entries))))
  await done(gateway.apply(batchOf([entry(4, [update('assignees', 'a1', { city: 'd' })])])))
  const { entries: told } = await done(historyOf('parts').page('assignees', 'a1', { limit: 10 }))
  expect(told.map(({ seq, refusal }) => [seq, refusal?.sqlState])).toEqual([
    [4, undefined],
    [3, '23503'],
    [2, undefined],
    [1, undefined],
  ])
})

test('HIS-40 an erased tenant has no history, and what is said of records is only ever added to', async () => {
  const gateway = database.gateway('erased')
  await done(gateway.open(EPOCH))
  await done(gateway.apply(batchOf([entry(1, [insertAssignee('a1')])])))
  await expect(database.sql('DELETE FROM tidemark.history_record')).rejects.toThrow('only ever added to')
  while ((await done(gateway.erase())).more);
  expect(await database.sql("SELECT 1 FROM tidemark.history_record WHERE tenant_id = 'erased'")).toEqual([])
  expect(seqsOf(await done(historyOf('erased').page('assignees', 'a1', { limit: 10 })))).toEqual([])
})

test('HIS-40 a page reads the lines of its record and no others, however many a tenant has', async () => {
  const gateway = database.gateway('large')
  await done(gateway.open(EPOCH))
  await done(gateway.apply(batchOf([entry(1, [insertAssignee('a1')])])))
  await database.sql(
    `INSERT INTO tidemark.history_batch (tenant_id, epoch, last_seq, edits, changes, line, previous, hash)
      SELECT tenant_id, epoch, n, edits, changes, n, previous, hash
        FROM tidemark.history_batch, generate_series(2, 20000) AS n WHERE tenant_id = 'large'`,
  )
  await database.sql(
    `INSERT INTO tidemark.history_record
      SELECT 'large', tidemark.record_hash('assignees', 'a' || (n % 1000)), n FROM generate_series(2, 20000) AS n`,
  )
  await database.sql('ANALYZE tidemark.history_record, tidemark.history_batch')
  const plan = await database.sql(
    `EXPLAIN (ANALYZE, FORMAT JSON) SELECT batch.line
      FROM tidemark.history_record AS place
      JOIN tidemark.history_batch AS batch ON batch.tenant_id = 'large' AND batch.line = place.line
      WHERE place.tenant_id = 'large' AND place.record = tidemark.record_hash('assignees', 'a7') AND place.line <= 20000
      ORDER BY place.line DESC LIMIT 50`,
  )
  const text = JSON.stringify(plan)
  expect(text).not.toContain('"Seq Scan"')
  expect(text).toContain('history_record_pkey')
})

test('HIS-7 a question to a database that does not answer ends in its time', async () => {
  const answer = await historyOf('away', { fetchEndpoint: 'http://127.0.0.1:9/sql', deadlineMs: 500 }).page(
    'cards',
    'c1',
    { limit: 1 },
  )
  expect(answer).toMatchObject({ ok: false, failure: 'ambiguous' })
})
