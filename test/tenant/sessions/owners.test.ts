import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, expect, it, vi } from 'vitest'
import { CLOSE } from '../../../src/protocol/errors.ts'
import {
  HELLO_DEADLINE_MS,
  MAX_CLIENTS_PER_SUBJECT,
  MAX_KEPT_CLIENTS,
  SILENT_SOCKET_MS,
} from '../../../src/protocol/limits.ts'
import { PROTOCOL_VERSION } from '../../../src/protocol/version.ts'
import { newClient, newTenant, Peer, sign } from '../support/peer.ts'
import { type PostgresCalls, watchPostgres } from '../support/postgres-calls.ts'
import { assignee } from '../support/samples.ts'

const objectOf = (tenant: string) => env.TENANT.get(env.TENANT.idFromName(tenant))

const hello = (client: string, more: { owner?: string } = {}) =>
  ['hello', { protocol: PROTOCOL_VERSION, client, acknowledged: 0, unsettled: 1, ...more }] as const

const AHEAD_MS = 1_000_000_000

let postgres: PostgresCalls | undefined

afterEach(() => {
  postgres?.stop()
  vi.restoreAllMocks()
  vi.useRealTimers()
})

it('TEN-13 a client id is bound by the first hello, with nothing edited, and stays bound when the object sleeps or comes back', async () => {
  const tenant = newTenant('bound')
  const ada = await Peer.join({ sub: 'ada', tenant })
  const tries = async () => {
    const eve = await Peer.open({ sub: 'eve', tenant })
    eve.send([...hello(ada.client)])
    return eve.untilClosed()
  }
  const taken = { code: CLOSE.forbidden, reason: 'client-taken' }
  expect(await tries()).toEqual(taken)
  // Whose it is goes on undisturbed.
  expect(await ada.push(ada.edit(assignee()))).toMatchObject([{ is: 'accepted' }])
  expect(ada.closed).toBeUndefined()

  const other = await Peer.join({ sub: 'ben', tenant })
  await evictDurableObject(objectOf(tenant), { webSockets: 'close' })
  const eve = await Peer.open({ sub: 'eve', tenant })
  eve.send([...hello(other.client)])
  expect(await eve.untilClosed()).toEqual(taken)
  const back = await Peer.open({ sub: 'ben', tenant }, other.client)
  expect((await back.hello())[1].known).toBe(0)
})

it('TEN-13 of two who say hello with one new id in the same turn, the first has it', async () => {
  const tenant = newTenant('at-once')
  await Peer.join({ sub: 'ada', tenant })
  const client = newClient()
  const [ben, eve] = [
    await Peer.open({ sub: 'ben', tenant }, client),
    await Peer.open({ sub: 'eve', tenant }, client),
  ]
  ben.send([...hello(client)])
  eve.send([...hello(client)])
  expect((await eve.untilClosed()).reason).toBe('client-taken')
  await ben.next('welcome')
})

it('TEN-70 a hello for another owner than the token’s is refused with whose it is, and binds and closes nothing', async () => {
  const tenant = newTenant('owner')
  const ada = await Peer.open({ sub: 'ada', tenant })
  const [, { owner }] = await ada.hello()
  const client = newClient()
  const ben = await Peer.open({ sub: 'ben', tenant })
  ben.send([...hello(client, { owner })])
  expect(await ben.untilClosed()).toEqual({ code: CLOSE.forbidden, reason: 'subject-changed' })
  const said = await ben.next('error')
  const again = await Peer.open({ sub: 'ben', tenant }, newClient())
  expect((await again.hello())[1].owner).toBe(said[1].ref)
  ada.send(['auth', await sign({ sub: 'ben', tenant })])
  await ada.untilClosed()
  expect((await ada.next('error'))[1].ref).toBe(said[1].ref)
  // The id is nobody's yet.
  await (await Peer.open({ sub: 'cleo', tenant }, client)).hello()
})

it('TEN-71 of a person who only says hello, so many client ids are kept, and none of another’s is lost', async () => {
  const tenant = newTenant('hellos')
  const ben = await Peer.join({ sub: 'ben', tenant })
  const ada = await Peer.open({ sub: 'ada', tenant })
  await ada.hello()
  const kept = await runInDurableObject(objectOf(tenant), (_, { storage }) => {
    for (let i = 0; i < MAX_KEPT_CLIENTS; i++) {
      storage.sql.exec('INSERT INTO kept_client (client, subject) VALUES (?, ?)', `drawn-before-${i}`, 'ada')
    }
    return storage.sql.exec<{ kept: number }>('SELECT count(*) AS kept FROM kept_client').one().kept
  })
  expect(kept).toBe(MAX_KEPT_CLIENTS + 2)
  const latest = await Peer.open({ sub: 'ada', tenant })
  await latest.hello()
  const owners = await runInDurableObject(objectOf(tenant), (_, { storage }) =>
    storage.sql
      .exec<{ subject: string; kept: number }>(
        'SELECT subject, count(*) AS kept FROM kept_client GROUP BY subject ORDER BY subject',
      )
      .toArray(),
  )
  expect(owners).toEqual([
    { subject: 'ada', kept: MAX_KEPT_CLIENTS },
    { subject: 'ben', kept: 1 },
  ])
  // While it is connected an id is its person's, also when it is not kept any more.
  const eve = await Peer.open({ sub: 'eve', tenant })
  eve.send([...hello(ada.client)])
  expect((await eve.untilClosed()).reason).toBe('client-taken')
  expect(ben.closed).toBeUndefined()
})

it('TEN-72 deadlines are kept while Postgres does not answer: the alarm waits for none, and is armed for the next', async () => {
  // Ahead of the real clock, so that no alarm goes off by itself.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + AHEAD_MS })
  const tenant = newTenant('deaf')
  const ada = await Peer.join({ sub: 'ada', tenant })
  await ada.push(ada.edit(assignee()))
  await ada.committed(1)
  postgres = watchPostgres()
  const release = postgres.hold(tenant)
  await ada.push(ada.edit({ op: 'delete', collection: 'assignees', id: 'a1' }))
  const late = await Peer.open({ sub: 'cleo', tenant, ttlSeconds: 10_000 })
  const armed = () => runInDurableObject(objectOf(tenant), (_, { storage }) => storage.getAlarm())
  expect(await armed()).toBeLessThanOrEqual(Date.now() + HELLO_DEADLINE_MS)
  // The call hangs, and so it does when the alarm goes off the first and the second time.
  vi.setSystemTime(Date.now() + HELLO_DEADLINE_MS / 2)
  expect(await runDurableObjectAlarm(objectOf(tenant))).toBe(true)
  expect(Number(await armed())).toBeGreaterThan(Date.now())
  vi.setSystemTime(Date.now() + HELLO_DEADLINE_MS / 2)
  expect(await runDurableObjectAlarm(objectOf(tenant))).toBe(true)
  expect((await late.untilClosed()).reason).toBe('hello-late')
  release()
})

it('TEN-18 a socket that has been silent for long gives its place to another of its person', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2 * AHEAD_MS })
  const tenant = newTenant('silent')
  const person = { sub: 'ada', tenant, ttlSeconds: 10_000 }
  const tabs: Peer[] = []
  for (let i = 0; i < MAX_CLIENTS_PER_SUBJECT; i++) {
    const tab = await Peer.open(person)
    await tab.hello()
    tabs.push(tab)
  }
  const [first, second] = tabs
  const refused = await Peer.open(person)
  refused.send([...hello(refused.client)])
  await refused.untilClosed()
  const [, why] = await refused.next('error')
  expect(why).toMatchObject({ code: 'too-many-sockets', retryable: true, retryAfterMs: 10_000 })
  expect(why.message).toContain('Close a tab')

  // One is closed, and the one that was refused comes in.
  first?.close()
  await objectsTurn(tenant, (sockets) => sockets === MAX_CLIENTS_PER_SUBJECT - 1)
  await (await Peer.open(person, refused.client)).hello()

  vi.setSystemTime(Date.now() + SILENT_SOCKET_MS)
  second?.send(['read-ack', 0])
  await second?.follow(7, { collection: 'assignees' })
  await (await Peer.open(person)).hello()
  expect(await tabs[2]?.untilClosed()).toEqual({ code: CLOSE.rate, reason: 'too-many-sockets' })
  expect(second?.closed).toBeUndefined()
})

/** Waits until the object has so many sockets. */
async function objectsTurn(tenant: string, holds: (sockets: number) => boolean): Promise<void> {
  const count = () => runInDurableObject(objectOf(tenant), (_, state) => state.getWebSockets().length)
  while (!holds(await count())) await new Promise((resolve) => setTimeout(resolve, 1))
}
