import type { ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { useDatabase } from '../support/database.ts'
import { batchOf, done, EPOCH, entry, insertAssignee, update } from '../support/edits.ts'
import { serve } from '../support/http-server.ts'

const database = useDatabase()
const server = await serve()

/** A gateway that speaks to our misbehaving server. The driver keeps one endpoint per host. */
const misled = (tenant: string, deadlineMs = 60_000) =>
  database.gateway(tenant, {
    connectionString: 'postgresql://user:secret@misled.test/database',
    fetchEndpoint: server.url,
    deadlineMs,
  })

const answers: [string, (response: ServerResponse) => void][] = [
  ['an HTML page', (response) => response.end('<html>Gateway</html>')],
  ['JSON that is cut', (response) => response.end('{"results":[{"fields":[{"na')],
  ['JSON of another form', (response) => response.end('{"results":[{},{}]}')],
  ['too few results', (response) => response.end('{"results":[]}')],
  ['a server error', (response) => response.writeHead(502).end('bad gateway')],
  ['a payload that is too large', (response) => response.writeHead(413).end()],
  ['an error without a code', (response) => response.writeHead(400).end('{"message":"what?"}')],
  ['an error that is no JSON', (response) => response.writeHead(400).end('<html>')],
  ['a connection that is cut', (response) => response.destroy()],
]

test.for(answers)('PG-20 %s is no verdict: the outcome is ambiguous', async ([, answer]) => {
  server.behave((_, response) => answer(response))
  expect(await misled('nobody').open(EPOCH)).toMatchObject({ ok: false, failure: 'ambiguous' })
})

test('PG-21 a server that never answers is given up at the deadline', async () => {
  server.behave(() => undefined)
  expect(await misled('nobody', 50).open(EPOCH)).toMatchObject({ ok: false, failure: 'ambiguous' })
})

test('PG-22 no server at all is ambiguous', async () => {
  const gateway = database.gateway('nobody', {
    connectionString: 'postgresql://user:secret@nowhere.test/database',
    fetchEndpoint: 'http://127.0.0.1:1/sql',
  })
  expect(await gateway.count('assignees')).toMatchObject({ ok: false, failure: 'ambiguous' })
})

test('PG-23 an error after COMMIT is ambiguous, and asking again finds the first answer', async () => {
  server.behave(async (request, response) => {
    const headers = {
      'Neon-Connection-String': database.postgres.connectionString,
      'Neon-Array-Mode': 'true',
    }
    const raw = { 'Neon-Raw-Text-Output': 'true' }
    const forwarded = await fetch(database.endpoint, {
      method: 'POST',
      headers: { ...headers, ...raw },
      body: await text(request),
    })
    await forwarded.text()
    response.writeHead(503).end('{"message":"lost"}')
  })
  const gateway = database.gateway('lost')
  await done(gateway.open(EPOCH))
  const batch = batchOf([
    entry(1, [insertAssignee('a1')]),
    entry(2, [update('assignees', 'a1', { name: null })]),
  ])
  expect(await misled('lost').apply(batch)).toMatchObject({ ok: false, failure: 'ambiguous' })
  expect(await done(gateway.apply(batch))).toMatchObject({
    applied: 2,
    refusals: [{ seq: 2, sqlState: '23502' }],
  })
  expect(await database.sql("SELECT seq FROM tidemark.history WHERE tenant_id = 'lost'")).toHaveLength(2)
})

test('PG-24 what only a person can mend is structural: a missing table, a missing column, a wrong password', async () => {
  const gateway = database.gateway('broken')
  await done(gateway.open(EPOCH))
  const batch = batchOf([entry(1, [insertAssignee('a1')])])
  await database.sql('ALTER TABLE assignees RENAME COLUMN city TO town')
  expect(await gateway.apply(batch)).toMatchObject({ ok: false, failure: 'structural' })
  expect(await gateway.page('assignees', { after: '', limit: 10 })).toMatchObject({
    ok: false,
    failure: 'structural',
  })
  await database.sql('ALTER TABLE assignees RENAME COLUMN town TO city')
  await database.sql('ALTER TABLE assignees RENAME TO people')
  expect(await gateway.apply(batch)).toMatchObject({ ok: false, failure: 'structural' })
  await database.sql('ALTER TABLE people RENAME TO assignees')
  const stranger = new URL(database.postgres.connectionString)
  stranger.password = 'wrong'
  const locked = database.gateway('broken', { connectionString: stranger.href })
  expect(await locked.open(EPOCH)).toMatchObject({ ok: false, failure: 'structural' })
  expect(await done(gateway.apply(batch))).toMatchObject({ applied: 1 })
})

test('PG-25 a collection or column that the application no longer has is structural, and sends nothing', async () => {
  const gateway = database.gateway('renamed')
  expect(await gateway.count('gone')).toMatchObject({ ok: false, failure: 'structural' })
  expect(await gateway.page('gone', { after: '', limit: 1 })).toMatchObject({
    ok: false,
    failure: 'structural',
  })
  const batch = batchOf([entry(1, [insertAssignee('a1', { gone: 'x' })])])
  expect(await gateway.apply(batch)).toMatchObject({ ok: false, failure: 'structural' })
})

test('PG-26 names and values that look like SQL are only names and values', async () => {
  const gateway = database.gateway("x'; DROP TABLE assignees; --")
  await done(gateway.open(EPOCH))
  const nasty = `"); DROP TABLE assignees; -- ' $1 %I \\`
  const batch = batchOf([entry(1, [insertAssignee(nasty, { name: nasty })])])
  expect(await done(gateway.apply(batch))).toMatchObject({ applied: 1, refusals: [] })
  expect(await done(gateway.page('assignees', { after: '', limit: 10 }))).toMatchObject({
    rows: [{ id: nasty, name: nasty, email: '', city: '' }],
  })
  const steps = JSON.stringify([{ op: 'delete', table: 'tidemark.ledger', ids: ['x'] }])
  const call = "SELECT tidemark.apply_batch($1, $2, 1, 2, '{}', '', $3, '', tidemark.cursor_text('1:1:'))"
  await expect(database.sql(call, ["x'; DROP TABLE assignees; --", EPOCH, steps])).rejects.toMatchObject({
    code: '42P01',
  })
})
