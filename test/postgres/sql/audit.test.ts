import { expect, test } from 'vitest'
import { migrateBoard } from '../../fixtures/board/migrate.ts'
import { dump, EVERY_RESTORING, restore } from '../../support/dump.ts'
import { audit, clean, LIVED, live, tampered } from '../support/audited.ts'
import { useDatabase } from '../support/database.ts'
import { batchOf, done, EPOCH, emptyBatch, entry, insertAssignee, update } from '../support/edits.ts'
import { startRestored } from '../support/restored.ts'

const database = useDatabase()

const setCity = (seq: number, epoch = EPOCH) =>
  batchOf([entry(seq, [update('assignees', 'a1', { city: `c${seq}` })])], epoch)

test('AUD-1 each line has the hash of its content with that of the line before, over all epochs, and the ledger has the last', async () => {
  await live(database, 'chained')
  const lines = await database.sql(
    `SELECT line::int, previous = lag(hash, 1, decode(repeat('00', 32), 'hex')) OVER (ORDER BY line) AS follows,
        hash = tidemark.hash_line(previous, tenant_id, epoch, last_seq, edits, changes, refusal) AS fits
      FROM tidemark.history_batch WHERE tenant_id = 'chained' ORDER BY line`,
  )
  const expected = Array.from({ length: LIVED.lines }, (_, i) => ({ line: i + 1, follows: true, fits: true }))
  expect(lines).toEqual(expected)
  expect(
    await database.sql(
      `SELECT 1 FROM tidemark.ledger JOIN tidemark.history_batch USING (tenant_id)
        WHERE tenant_id = 'chained' AND line = last_line AND hash = last_hash AND last_line = 10`,
    ),
  ).toHaveLength(1)
  const written = await database.sql(
    "SELECT outside ->> 'op' AS op, subject FROM tidemark.history WHERE tenant_id = 'chained' AND actor = 'sql'",
  )
  expect(written).toEqual([{ op: 'update', subject: 'import' }])
})

test('AUD-1 no setting of a session and no order of columns makes a difference', async () => {
  await live(database, 'settled')
  const client = await database.session()
  await client.query(`SET TimeZone = 'Asia/Kathmandu'; SET DateStyle = 'German'; SET extra_float_digits = -15;
    SET bytea_output = 'escape'; SET client_encoding = 'LATIN1'; SET standard_conforming_strings = off;
    SET IntervalStyle = 'sql_standard'; SET lc_numeric = 'C'`)
  const { rows } = await client.query(
    `SELECT 1 FROM tidemark.history_batch WHERE tenant_id = 'settled'
      AND hash = tidemark.hash_line(previous, tenant_id, epoch, last_seq, edits, changes, refusal)`,
  )
  expect(rows).toHaveLength(LIVED.lines)
  const reordered = [
    'ALTER TABLE tidemark.history_batch ADD COLUMN other text DEFAULT 1, ADD COLUMN again jsonb',
    'UPDATE tidemark.history_batch SET again = refusal',
    'DROP VIEW tidemark.history',
    'ALTER TABLE tidemark.history_batch DROP COLUMN refusal',
    'ALTER TABLE tidemark.history_batch RENAME COLUMN again TO refusal',
  ]
  expect(await tampered(client, 'settled', reordered)).toEqual(clean(LIVED))
})

test('AUD-2 nothing is found of batches, repeated ones, refused edits, proposals, external changes, epochs and fenced logs', async () => {
  await live(database, 'lived')
  expect(await audit(database, 'lived')).toEqual(clean(LIVED))
  expect(await audit(database, 'lived', { pageLines: 1 })).toEqual(clean(LIVED))
  expect(await audit(database, 'lived', { pageLines: LIVED.lines })).toEqual(clean(LIVED))
})

test('AUD-2 nothing is found of a tenant without an edit, and a batch that passes with nothing adds no line', async () => {
  const gateway = database.gateway('idle')
  await done(gateway.open(EPOCH))
  await done(gateway.apply(emptyBatch(0)))
  expect(await audit(database, 'idle')).toEqual(clean({ lines: 0, edits: 0 }))
  expect(await audit(database, 'nobody')).toEqual({ ...clean({ lines: 0, edits: 0 }), unknown: true })
})

test('AUD-2 nothing is found after external changes were deleted', async () => {
  await live(database, 'pruned')
  await database.sql("SELECT tidemark.prune_changes('0 s')")
  expect(await audit(database, 'pruned')).toEqual(clean(LIVED))
})

test('AUD-2 nothing is found of a tenant that is being deleted, was deleted, and was opened again', async () => {
  await live(database, 'erased')
  const erase = 'SELECT tidemark.erase_tenant(\'erased\', \'["cards", "assignees"]\', 4) AS more'
  // Rows of the application first, then four lines of ten.
  for (let left = LIVED.lines; left === LIVED.lines; ) {
    await database.sql(erase)
    left = (await audit(database, 'erased')).lines
  }
  expect(await audit(database, 'erased')).toEqual({
    ...clean({ lines: 6, edits: expect.any(Number) }),
    erasing: true,
  })
  const client = await database.session()
  const changed = ["UPDATE tidemark.history_batch SET changes = changes || ' ' WHERE tenant_id = 'erased'"]
  expect((await tampered(client, 'erased', changed)).tampering.map(({ kind }) => kind)).toEqual(
    Array.from({ length: 6 }, () => 'changed'),
  )
  while ((await database.sql(erase))[0]?.['more']);
  expect(await audit(database, 'erased')).toMatchObject({ unknown: true, found: 0 })
  const gateway = database.gateway('erased')
  const { cursor } = await done(gateway.open('epoch-9'))
  await done(gateway.apply(batchOf([entry(1, [insertAssignee('a1')])], 'epoch-9'), cursor))
  expect(await audit(database, 'erased')).toEqual(clean({ lines: 1, edits: 1 }))
})

test.for(EVERY_RESTORING)(
  'AUD-2 a database that was restored (%s) has the chain of its dump, and goes on with it in another epoch',
  async (how) => {
    const tenant = `restored-${how.replaceAll(/\W+/g, '-')}`
    await live(database, tenant)
    const dumped = await dump(database.postgres.connectionString)
    await done(database.gateway(tenant).apply(setCity(5, 'epoch-2')))
    const restored = await startRestored(database, tenant, migrateBoard)
    await restore(restored.connectionString, dumped, how)
    try {
      expect(await restored.audit()).toEqual(clean(LIVED))
      const { cursor } = await done(restored.gateway.open('epoch-3'))
      await done(restored.gateway.apply(setCity(1, 'epoch-3'), cursor))
      expect(await restored.audit()).toEqual(clean({ lines: LIVED.lines + 1, edits: LIVED.edits + 1 }))
    } finally {
      await restored.stop()
    }
  },
)

test('AUD-9 two tenants that are written to at once have each their chain, and nothing is found meanwhile', async () => {
  const tenants = ['left', 'right']
  const write = async (tenant: string) => {
    const gateway = database.gateway(tenant)
    await done(gateway.open(EPOCH))
    await done(gateway.apply(batchOf([entry(1, [insertAssignee('a1')])])))
    // Each is sent twice at once: one of them is a repetition.
    for (let seq = 2; seq <= 25; seq += 1)
      await Promise.all([1, 2].map(() => done(gateway.apply(setCity(seq)))))
  }
  const writing = Promise.all(tenants.map(write))
  let isWriting = true
  const ended = writing.finally(() => {
    isWriting = false
  })
  let audits = 0
  while (isWriting) {
    for (const tenant of tenants) {
      const { found } = await audit(database, tenant, { pageLines: 2 })
      expect(found).toBe(0)
    }
    audits += 1
  }
  await ended
  expect(audits).toBeGreaterThan(0)
  for (const tenant of tenants) expect(await audit(database, tenant)).toEqual(clean({ lines: 25, edits: 25 }))
})

test('AUD-9 an audit waits for no batch that is under way, and keeps none waiting', async () => {
  await live(database, 'busy')
  const writer = await database.session()
  await writer.query("BEGIN; SELECT FROM tidemark.ledger WHERE tenant_id = 'busy' FOR UPDATE")
  expect(await audit(database, 'busy')).toEqual(clean(LIVED))
  await writer.query('COMMIT')
  const reader = await database.session()
  await reader.query('BEGIN')
  expect((await tampered(reader, 'busy', [])).found).toBe(0)
  await reader.query('BEGIN; SELECT FROM tidemark.history_batch')
  await done(database.gateway('busy').apply(setCity(5, 'epoch-2')))
  await reader.query('COMMIT')
})

test('AUD-10 a ledger that was put back is found, and keeps no edit out of Postgres', async () => {
  await live(database, 'put-back')
  await database.sql(
    `UPDATE tidemark.ledger SET last_line = 4,
        last_hash = (SELECT hash FROM tidemark.history_batch WHERE tenant_id = 'put-back' AND line = 4)
      WHERE tenant_id = 'put-back'`,
  )
  expect(await audit(database, 'put-back')).toMatchObject({
    found: 1,
    tampering: [{ kind: 'uncounted', fromLine: 5, toLine: 10 }],
  })
  expect(await done(database.gateway('put-back').apply(setCity(5, 'epoch-2')))).toMatchObject({
    is: 'applied',
    applied: 5,
  })
  expect((await audit(database, 'put-back')).tampering).toMatchObject([
    { kind: 'inserted', fromLine: 5, toLine: 5 },
    { kind: 'uncounted', fromLine: 6, toLine: 10 },
  ])
})
