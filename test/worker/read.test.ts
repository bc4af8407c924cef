import { exports } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import type { Query } from '../../src/protocol/query.ts'
import { sql } from '../tenant/support/database.ts'
import { newTenant, Peer, type Person, sign } from '../tenant/support/peer.ts'
import { assignee, card, change } from '../tenant/support/samples.ts'

const OPEN: Query = { collection: 'cards', where: ['=', 'status', 'open'], select: ['number'] }

async function read(person: Person, query: Query | string, headers: Record<string, string> = {}) {
  const q = typeof query === 'string' ? query : JSON.stringify(query)
  return exports.default.fetch(`https://tidemark.test/sync/query?q=${encodeURIComponent(q)}`, {
    headers: { Authorization: `Bearer ${await sign(person)}`, ...headers },
  })
}

async function withCards(name: string) {
  const tenant = newTenant(name)
  const ada = await Peer.join({ sub: 'ada', tenant })
  await ada.push(ada.edit(assignee()), ada.edit(card('c1', { status: 'open' })), ada.edit(card('c2')))
  return { tenant, ada, person: { sub: 'ben', tenant } }
}

it('RED-1 a query is read over HTTP, with the cache tags of its rows', async () => {
  const { person } = await withCards('read')
  const response = await read(person, OPEN)
  const tags = ['assignee_a1', 'cards_c1', 'cards_list']
  expect(await response.json()).toEqual({
    columns: ['id', 'number', 'status'],
    rows: [['c1', 'N-c1', 'open']],
    seq: 3,
    tags,
  })
  expect(response.headers.get('Cache-Tag')).toBe(tags.join())
  expect(response.headers.get('Cache-Control')).toBe('private, no-cache')
})

it('RED-2 who holds the current version is told so, until what it shows changes or rights show another', async () => {
  const { tenant, ada, person } = await withCards('etag')
  const etag = (await read(person, OPEN)).headers.get('ETag') ?? ''
  const again = (who: Person = person) => read(who, OPEN, { 'If-None-Match': `"x", W/${etag}` })
  const unchanged = await again()
  expect([unchanged.status, await unchanged.text(), unchanged.headers.get('ETag')]).toEqual([304, '', etag])
  await ada.push(ada.edit({ op: 'insert', collection: 'assignees', id: 'a2', values: { name: 'Bo' } }))
  expect((await again()).status).toBe(304)
  const vic: Person = { sub: 'vic', tenant, role: 'viewer' }
  // The same answer, and then one with fewer columns.
  expect((await again(vic)).status).toBe(304)
  const all = await read(person, { collection: 'cards' })
  const held = { 'If-None-Match': all.headers.get('ETag') ?? '' }
  expect((await read(vic, { collection: 'cards' }, held)).status).toBe(200)
  await ada.push(ada.edit(change('c2', { status: { set: 'open' } })))
  const changed = await again()
  expect([changed.status, (await changed.json<{ rows: unknown[] }>()).rows.length]).toEqual([200, 2])
})

it('RED-3 a read sees what its person may see', async () => {
  const { tenant } = await withCards('rights')
  const response = await read({ sub: 'vic', tenant, role: 'viewer' }, { collection: 'cards' })
  const { columns, rows } = await response.json<{ columns: string[]; rows: unknown[][] }>()
  expect([columns.includes('notes'), rows.map(([id]) => id)]).toEqual([false, ['c1']])
})

it('RED-3 nothing of an answer moves with what its person may not see', async () => {
  const { tenant, ada } = await withCards('signs')
  const vic = { sub: 'vic', tenant, role: 'viewer' } as const
  const all: Query = { collection: 'cards' }
  const signs = async () => {
    const response = await read(vic, all)
    return [response.headers.get('ETag'), response.headers.get('Cache-Tag'), await response.text()]
  }
  const before = await signs()
  await ada.push(ada.edit(card('c9')), ada.edit(change('c2', { notes: { set: 'a' } })))
  await ada.push(
    ada.edit(change('c1', { notes: { set: 'b' } })),
    ada.edit({ op: 'delete', collection: 'cards', id: 'c9' }),
  )
  expect(await signs()).toEqual(before)
  expect((await read(vic, all, { 'If-None-Match': String(before[0]) })).status).toBe(304)
  await ada.push(ada.edit(change('c1', { reactions: { add: 1 } })))
  expect((await signs())[0]).not.toBe(before[0])
})

it.each([
  ['{', 400, 'bad-json'],
  ['{"collection":"cards","limit":0}', 400, 'bad-query'],
  ['{"collection":"nothing"}', 400, 'unknown-collection'],
  ['{"collection":"cards","where":["=","__proto__",1]}', 400, 'bad-query'],
])('RED-4 what cannot be read is refused with what to do: %s', async (query, status, code) => {
  const response = await read({ sub: 'ben', tenant: newTenant('refused') }, query)
  expect([response.status, await response.json()]).toEqual([status, { code, message: expect.any(String) }])
})

it('RED-4 without a valid token nothing is read', async () => {
  const response = await exports.default.fetch('https://tidemark.test/sync/query?q={}')
  expect([response.status, response.headers.get('WWW-Authenticate')]).toEqual([401, 'Bearer'])
})

it('RED-5 with nobody connected a read sees what others have changed in Postgres', async () => {
  const { tenant, ada, person } = await withCards('outside')
  await ada.committed(3)
  ada.close()
  await sql("UPDATE cards SET status = 'open' WHERE tenant_id = $1", tenant)
  await expect
    .poll(async () => (await (await read(person, OPEN)).json<{ rows: unknown[] }>()).rows.length)
    .toBe(2)
})
