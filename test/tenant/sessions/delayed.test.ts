import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest'
import { DELAYED_AFTER_MS } from '../../../src/core/schedule/delay.ts'
import type { Delayed } from '../../../src/protocol/down/health.ts'
import { sql } from '../support/database.ts'
import { newTenant, Peer } from '../support/peer.ts'
import { type PostgresCalls, watchPostgres } from '../support/postgres-calls.ts'
import { assignee, card, change } from '../support/samples.ts'
import { metaOf, nudge, objectOf } from '../support/tenant-world.ts'

/** Days ahead: no alarm of these tests goes off but by the test. */
const AHEAD_MS = 3_000_000_000

let postgres: PostgresCalls
let lines: MockInstance<typeof console.log>

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + AHEAD_MS })
  lines = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  postgres = watchPostgres()
})

afterEach(() => {
  postgres.stop()
  vi.restoreAllMocks()
  vi.useRealTimers()
})

async function withCard(name: string) {
  const tenant = newTenant(name)
  const ada = await Peer.join({ sub: 'ada', tenant })
  await ada.push(ada.edit(assignee(), card('c1')))
  await ada.committed(1)
  return { tenant, ada }
}

const react = (peer: Peer) => peer.push(peer.edit(change('c1', { reactions: { add: 1 } })))

/** An edit that is made while Postgres is away, once its call has failed. */
async function remindInVain(tenant: string, peer: Peer): Promise<void> {
  postgres.fail(tenant)
  const failures = () =>
    lines.mock.calls.filter(
      ([line]) => String(line).includes('"postgres-away"') && String(line).includes(tenant),
    )
  const before = failures().length
  await react(peer)
  await expect.poll(() => failures().length).toBeGreaterThan(before)
}

/** Everything that a peer was told of the way to Postgres. */
const toldTo = (peer: Peer): (Delayed | null)[] =>
  peer.frames.flatMap((frame) => (frame[0] === 'health' ? [frame[1]] : []))

/** Lets the time pass until the armed alarm, and lets that go off. */
async function untilAlarm(tenant: string): Promise<void> {
  const object = objectOf(tenant)
  vi.setSystemTime(
    (await runInDurableObject(object, (_, { storage }) => storage.getAlarm())) ?? Date.now() + 1,
  )
  await runDurableObjectAlarm(object)
}

/**
 * Lets alarms go off until what was told is, or is not, that edits are delayed. An alarm does not wait for its calls.
 */
async function untilDelayed(tenant: string, isDelayed = true): Promise<void> {
  const isSo = async () => {
    await untilAlarm(tenant)
    return (await metaOf(tenant, 'delayed')) !== undefined
  }
  await expect.poll(isSo, { timeout: 20_000 }).toBe(isDelayed)
}

describe('while Postgres is away', () => {
  it('DEL-1 everybody is told once that lasts, how many edits wait, and when it is over', async () => {
    const { tenant, ada } = await withCard('delayed')
    const vic = await Peer.join({ sub: 'vic', tenant, role: 'viewer' })
    const start = Date.now()
    await remindInVain(tenant, ada)
    await untilDelayed(tenant)
    expect(Date.now() - start).toBeGreaterThanOrEqual(DELAYED_AFTER_MS)
    const [, one] = await ada.next('health')
    expect(one).toMatchObject({ cause: 'postgres-away', waiting: 1 })
    // Since the call that failed, which may have waited for the one before.
    expect(one?.since).toBeGreaterThanOrEqual(start)
    expect((await vic.next('health'))[1]).toEqual(one)

    postgres.fail(undefined)
    await untilDelayed(tenant, false)
    for (const peer of [ada, vic]) {
      expect((await peer.next('health'))[1]).toBeNull()
      expect(toldTo(peer)).toEqual([one, null])
    }
    expect(await metaOf(tenant, 'delayed')).toBeUndefined()
  })

  it('DEL-1 a call that fails once is told to nobody', async () => {
    const { tenant, ada } = await withCard('hiccup')
    await remindInVain(tenant, ada)
    postgres.fail(undefined)
    await untilDelayed(tenant, false)
    await ada.committed(2)
    expect(toldTo(ada)).toEqual([])
  })

  it('DEL-1 it is told of a call that does not end', async () => {
    const { tenant, ada } = await withCard('frozen')
    const release = postgres.hold(tenant)
    const start = Date.now()
    await react(ada)
    await expect.poll(() => postgres.about('tidemark.apply_batch').length).toBeGreaterThan(1)
    vi.setSystemTime(Date.now() + DELAYED_AFTER_MS)
    await react(ada)
    const [, told] = await ada.next('health')
    expect(told).toMatchObject({ cause: 'postgres-away', waiting: 2 })
    expect(told?.since).toBeGreaterThanOrEqual(start)
    release()
    expect((await ada.next('health'))[1]).toBeNull()
    await ada.until('the commit', () =>
      ada.frames.some((frame) => frame[0] === 'committed' && frame[1] === 3),
    )
  })

  it('DEL-1 it is told of a tenant that cannot be loaded', async () => {
    const tenant = newTenant('unloaded')
    postgres.fail('row_to_json')
    const ada = await Peer.open({ sub: 'ada', tenant })
    await ada.hello()
    await expect.poll(() => postgres.about('row_to_json').length).toBeGreaterThan(0)
    await untilDelayed(tenant)
    expect((await ada.next('health'))[1]).toMatchObject({ cause: 'postgres-away', waiting: 0 })
    postgres.fail(undefined)
    await untilDelayed(tenant, false)
    expect((await ada.next('health'))[1]).toBeNull()
  })

  it('DEL-2 the number that wait follows the edits, in few frames', async () => {
    const { tenant, ada } = await withCard('counted')
    await remindInVain(tenant, ada)
    await untilDelayed(tenant)
    await react(ada)
    await react(ada)
    await ada.until('both', () => toldTo(ada).length === 3)
    expect(toldTo(ada).map((told) => told?.waiting)).toEqual([1, 2, 3])
    const before = toldTo(ada).length
    for (let i = 0; i < 200; i++) await react(ada)
    const during = toldTo(ada).slice(before)
    expect(during.length).toBeLessThan(50)
    expect(Number(during.at(-1)?.waiting)).toBeGreaterThan(203 * 0.9)
    await untilAlarm(tenant)
    await ada.until('the exact number', () => toldTo(ada).at(-1)?.waiting === 203)
  })

  it('DEL-4 whoever comes meanwhile is told in the welcome, and hears of the end, also from an object that slept', async () => {
    const { tenant, ada } = await withCard('newcomer')
    await remindInVain(tenant, ada)
    await untilDelayed(tenant)
    await react(ada)
    const ben = await Peer.open({ sub: 'ben', tenant })
    const [, welcome] = await ben.hello()
    expect(welcome.delayed).toMatchObject({ cause: 'postgres-away', waiting: 2 })
    await evictDurableObject(objectOf(tenant), { webSockets: 'hibernate' })
    const cleo = await Peer.open({ sub: 'cleo', tenant })
    expect((await cleo.hello())[1].delayed).toEqual(welcome.delayed)

    postgres.fail(undefined)
    await untilDelayed(tenant, false)
    for (const peer of [ada, ben, cleo]) await peer.until('the end', () => toldTo(peer).at(-1) === null)
    const dan = await Peer.open({ sub: 'dan', tenant })
    expect((await dan.hello())[1].delayed).toBeUndefined()
  })

  it('DEL-5 with nobody there and nothing waiting it is forgotten, and nothing wakes the object for it', async () => {
    const { tenant, ada } = await withCard('empty')
    postgres.fail(tenant)
    for (let nudges = 0; nudges < 30 && toldTo(ada).length === 0; nudges++) {
      await nudge(tenant)
      vi.setSystemTime(Date.now() + 1_000)
    }
    expect(toldTo(ada)).toMatchObject([{ cause: 'postgres-away', waiting: 0 }])
    ada.close()
    await expect.poll(() => metaOf(tenant, 'delayed')).toBeUndefined()
    await untilAlarm(tenant)
    expect(await runInDurableObject(objectOf(tenant), (_, { storage }) => storage.getAlarm())).toBeNull()
    postgres.fail(undefined)
    const ben = await Peer.open({ sub: 'ben', tenant })
    expect((await ben.hello())[1].delayed).toBeUndefined()
    await ben.subscribe('cards')
    expect(toldTo(ben)).toEqual([])
  })

  it('DEL-6 a tenant is told of its own edits only', async () => {
    const [one, other] = [await withCard('mine'), await withCard('theirs')]
    await remindInVain(one.tenant, one.ada)
    await untilDelayed(one.tenant)
    await react(other.ada)
    await other.ada.committed(2)
    expect(toldTo(other.ada)).toEqual([])
    expect((await one.ada.next('health'))[1]).toMatchObject({ waiting: 1 })
  })
})

it('DEL-3 tables that cannot take edits are told apart, at once, and no word of Postgres with it', async () => {
  const { tenant, ada } = await withCard('parked-delay')
  await sql('ALTER TABLE cards RENAME COLUMN notes TO notes_elsewhere')
  try {
    await ada.push(ada.edit(change('c1', { notes: { set: 'one' } })))
    const [, told] = await ada.next('health')
    expect(told).toEqual({ cause: 'parked', since: Date.now(), waiting: 1 })
    expect(JSON.stringify(ada.frames)).not.toContain('notes_elsewhere')
  } finally {
    await sql('ALTER TABLE cards RENAME COLUMN notes_elsewhere TO notes')
  }
  await untilDelayed(tenant, false)
  expect((await ada.next('health'))[1]).toBeNull()
  await ada.until('the commit', () => ada.frames.some((frame) => frame[0] === 'committed' && frame[1] === 2))
})
