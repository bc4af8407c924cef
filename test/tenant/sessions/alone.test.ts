import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { expect, it, vi } from 'vitest'
import { toFilter, where } from '../../../src/core/query/where.ts'
import { CLOSE } from '../../../src/protocol/errors.ts'
import type { Query } from '../../../src/protocol/query.ts'
import { PROTOCOL_VERSION } from '../../../src/protocol/version.ts'
import { app } from '../../fixtures/board/sync.ts'
import { newTenant, Peer, sign } from '../support/peer.ts'
import { assignee, card, change } from '../support/samples.ts'
import { loseStorage } from '../support/tenant-world.ts'

const objectOf = (tenant: string) => env.TENANT.get(env.TENANT.idFromName(tenant))

/** Shows no record that cannot be read. */
const SOUND: Query = { collection: 'cards', where: ['=', 'number', 'N-c1'] }

/** A tenant in whose storage a record is damaged, so that whatever reads it throws. */
async function damaged(name: string) {
  const tenant = newTenant(name)
  const ada = await Peer.open({ sub: 'ada', tenant })
  await ada.hello()
  await ada.follow(0, { collection: 'assignees' })
  await ada.push(ada.edit(assignee()), ada.edit(card('c1')), ada.edit(card('broken')))
  await ada.committed(3)
  return { tenant, ada, lines: vi.spyOn(console, 'log') }
}

async function damage(tenant: string): Promise<void> {
  await runInDurableObject(objectOf(tenant), (_, { storage }) => {
    storage.sql.exec(`UPDATE record SET row = '{"id":"broken","number":"N-broken"' WHERE id = 'broken'`)
  })
  // Records used last are in memory.
  await evictDurableObject(objectOf(tenant), { webSockets: 'hibernate' })
}

async function follower(tenant: string, sub: string, query: Query): Promise<Peer> {
  const peer = await Peer.open({ sub, tenant })
  await peer.hello()
  await peer.follow(0, query)
  return peer
}

const failures = (lines: { mock: { calls: unknown[][] } }) =>
  lines.mock.calls.map(([line]) => JSON.parse(String(line))).filter(({ event }) => event === 'session-failed')

it('QRY-70 a query that cannot be read ends its own session, and the others of the turn are answered', async () => {
  const { tenant, ada, lines } = await damaged('answer')
  await damage(tenant)
  const [eve, ben] = [await Peer.open({ sub: 'eve', tenant }), await Peer.open({ sub: 'ben', tenant })]
  for (const peer of [eve, ben]) await peer.hello()
  eve.send(['subscribe', { id: 0, query: { collection: 'cards' } }])
  ben.send(['subscribe', { id: 0, query: { collection: 'assignees' } }])
  const verdicts = ada.push(ada.edit(assignee('a2')))
  expect(await eve.untilClosed()).toEqual({ code: CLOSE.busy, reason: 'internal' })
  expect(await verdicts).toMatchObject([{ is: 'accepted' }])
  expect((await ben.snapshot()).length).toBeGreaterThan(0)
  await ada.next('rows')
  expect([ada.closed, ben.closed]).toEqual([undefined, undefined])
  expect(failures(lines)).toMatchObject([{ subject: 'eve', doing: 'answer' }])
  lines.mockRestore()
})

it('QRY-71 a view that cannot be read ends those who follow it, when something changes, and nobody else', async () => {
  const { tenant, ada, lines } = await damaged('publish')
  const window: Query = { collection: 'cards', orderBy: [['number', 'asc']], limit: 2 }
  const eve = await follower(tenant, 'eve', window)
  const ben = await follower(tenant, 'ben', SOUND)
  await damage(tenant)
  const verdicts = await ada.push(ada.edit(change('c1', { reactions: { add: 1 } })))
  expect(verdicts).toMatchObject([{ is: 'accepted' }])
  expect((await ben.next('rows'))[3]).toHaveLength(1)
  expect(await eve.untilClosed()).toEqual({ code: CLOSE.busy, reason: 'internal' })
  expect(failures(lines)).toMatchObject([{ subject: 'eve', doing: 'publish' }])
  await ada.committed(4)
  await ada.push(ada.edit(assignee('a2')))
  await ada.next('rows')
  lines.mockRestore()
})

it('QRY-72 while a tenant is loaded, one whose query cannot be answered leaves the others their rows', async () => {
  const { tenant, ada, lines } = await damaged('hydrate')
  ada.close()
  await evictDurableObject(objectOf(tenant), { webSockets: 'close' })
  await loseStorage(tenant)
  const [eve, ben] = [await Peer.open({ sub: 'eve', tenant }), await Peer.open({ sub: 'ben', tenant })]
  // The first is more than may be asked, the second as much.
  const texts = Array.from({ length: 31 }, (_, i) => `text ${i}`)
  eve.send(['hello', helloOf(eve)])
  for (const [id, length] of [129, 128].entries()) {
    const where = ['or', Array.from({ length }, (_, i) => ['prefix', 'number', `N-${i}`])]
    eve.send([
      'subscribe',
      { id, query: { collection: 'cards', where, orderBy: [['dueOn', 'asc']], after: [null, ''] } },
    ])
  }
  ben.send(['hello', helloOf(ben)])
  ben.send(['subscribe', { id: 0, query: { collection: 'cards', where: ['not', ['in', 'number', texts]] } }])
  expect((await eve.next('error'))[1]).toMatchObject({ code: 'bad-query', ref: 0 })
  expect((await ben.snapshot()).map(([id]) => id)).toEqual(['broken', 'c1'])
  expect(await eve.snapshot()).toEqual([])
  expect(failures(lines)).toEqual([])
  lines.mockRestore()
})

it.each([
  ['that is too large', () => where.any(...numbers(129))],
  ['that throws', () => where.not({ number: Object(undefined) })],
  ['with half an emoji', () => where.all({ number: '\ud83d' })],
] as const)('QRY-68 a read rule %s is logged, shows nothing, and is nobody else’s', async (_, rule) => {
  const { tenant, ada, lines } = await damaged('rule')
  const rules = app.rules.get('cards')
  if (!rules?.read) throw new Error('cards have a read rule')
  const usual = rules.read.bind(rules)
  const spoilt = vi
    .spyOn(rules, 'read')
    .mockImplementation((claims) => (claims.sub === 'eve' ? toFilter(rule()) : usual(claims)))
  const [eve, ben] = [await Peer.open({ sub: 'eve', tenant }), await Peer.open({ sub: 'ben', tenant })]
  for (const peer of [eve, ben]) {
    await peer.hello()
    peer.send(['subscribe', { id: 0, query: { collection: 'cards' } }])
  }
  expect((await eve.next('error'))[1]).toMatchObject({ code: 'internal', ref: 0 })
  expect(await ben.snapshot()).toHaveLength(2)
  expect(await eve.follow(1, { collection: 'assignees' })).toHaveLength(1)
  expect(await ada.push(ada.edit(assignee('a2')))).toMatchObject([{ is: 'accepted' }])
  const asked = `https://tidemark.test/sync/query?q=${encodeURIComponent('{"collection":"cards"}')}`
  const headers = { Authorization: `Bearer ${await sign({ sub: 'eve', tenant })}` }
  const read = await exports.default.fetch(asked, { headers })
  expect([read.status, await read.json()]).toMatchObject([500, { code: 'internal' }])
  const events = lines.mock.calls.map(([line]) => JSON.parse(String(line)).event)
  expect(events).toEqual(expect.arrayContaining(['rule-failed', 'read-failed']))
  expect(events).not.toContain('session-failed')
  spoilt.mockRestore()
  lines.mockRestore()
})

const numbers = (length: number) => Array.from({ length }, (_, i) => ({ number: `N-${i}` }))

const helloOf = ({ client }: Peer) => ({ protocol: PROTOCOL_VERSION, client, acknowledged: 0, unsettled: 1 })
