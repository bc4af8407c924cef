import { describe, expect, it } from 'vitest'
import type { Breach } from '../../src/core/alerts/figures.ts'
import { Lease } from '../../src/tenant/lease.ts'

const HOUR_MS = 3_600_000

/** A tenant's object with its clients, the registry, and the time in the test's hands. */
function object(facts = { toldAt: 0 }) {
  const told: string[] = []
  const reading = { since: 0, at: 0, counters: {}, histograms: {}, gauges: {} }
  const reported: unknown[] = []
  const world = {
    size: 0,
    now: 1_000_000,
    isDue: false,
    breaches: [] as Breach[],
    answer: () => Promise.resolve(),
  }
  const renew = (what: string) => {
    told.push(what)
    return world.answer()
  }
  const lease = new Lease({
    toldAt: {
      get: () => facts.toldAt,
      put: (at) => {
        facts.toldAt = at
      },
    },
    sessions: {
      get size() {
        return world.size
      },
    },
    reports: {
      get isDue() {
        return world.isDue
      },
      reading,
      told: (told) => {
        world.isDue = false
        reported.push(told)
      },
    },
    registry: () => ({
      put: (_, breaches) => renew(['here', ...breaches.map(({ rule }) => rule)].join()),
      drop: () => renew('gone'),
    }),
    breaches: () => world.breaches,
    tenant: () => 'acme',
    log: () => undefined,
    now: () => world.now,
  })
  return { listing: lease, told, world, facts, reading, reported }
}

describe('the registry', () => {
  it('WAT-9 is told when the first client comes and when the last one goes, and of nothing between', async () => {
    const { listing: lease, told, world } = object()
    await lease.renew()
    for (world.size = 1; world.size < 5; world.size++) await lease.renew()
    for (; world.size > 0; world.size--) await lease.renew()
    expect(told).toEqual(['here'])
    await lease.renew()
    await lease.renew()
    expect(told).toEqual(['here', 'gone'])
    expect(lease.dueAt).toBeUndefined()
  })

  it('WAT-9 is told once however often the object sleeps', async () => {
    const { listing: lease, world, facts } = object()
    world.size = 1
    await lease.renew()
    const woken = object(facts)
    woken.world.size = 1
    await woken.listing.renew()
    expect(woken.told).toEqual([])
  })

  it('WAT-10 is told again every hour while somebody is connected', async () => {
    const { listing: lease, told, world } = object()
    world.size = 1
    await lease.renew()
    expect(lease.dueAt).toBe(world.now + HOUR_MS)
    world.now += HOUR_MS - 1
    await lease.renew()
    expect(told).toHaveLength(1)
    world.now += 1
    await lease.renew()
    expect(told).toEqual(['here', 'here'])
  })

  it('MET-21 has a reading with each call, and one in between once it is due', async () => {
    const { listing: lease, told, world, reading, reported } = object()
    world.size = 1
    await lease.renew()
    world.isDue = true
    await lease.renew()
    await lease.renew()
    expect(told).toEqual(['here', 'here'])
    world.isDue = true
    world.now += 1
    world.answer = () => Promise.reject(new Error('away'))
    await lease.renew()
    expect(reported).toEqual([reading, reading])
  })

  it('ALR-10 is told with it how the tenant stands, in place of what an object that lost its storage had told', async () => {
    const { listing: lease, told, world } = object()
    world.size = 1
    await lease.renew()
    world.breaches = [{ rule: 'set-aside', value: 1, since: 1 }]
    world.now += HOUR_MS
    await lease.renew()
    expect(told).toEqual(['here', 'here,set-aside'])
  })

  it('WAT-10 that did not answer is told a minute later', async () => {
    const { listing: lease, told, world } = object()
    world.size = 1
    world.answer = () => Promise.reject(new Error('away'))
    await lease.renew()
    await lease.renew()
    expect(told).toHaveLength(1)
    expect(lease.dueAt).toBe(world.now + 60_000)
    world.now += 60_000
    world.answer = () => Promise.resolve()
    await lease.renew()
    expect(lease.dueAt).toBe(world.now + HOUR_MS)
  })

  it('WAT-10 that did not hear that the last has gone is told of the next to come', async () => {
    const { listing: lease, told, world } = object()
    world.size = 1
    await lease.renew()
    world.answer = () => Promise.reject(new Error('away'))
    world.size = 0
    await lease.renew()
    world.answer = () => Promise.resolve()
    world.now += 60_000
    world.size = 1
    await lease.renew()
    expect(told).toEqual(['here', 'gone', 'here'])
  })

  it('WAT-10 is told of who leaves while it is told that somebody came', async () => {
    const { listing: lease, told, world } = object()
    const { promise, resolve } = Promise.withResolvers<void>()
    world.size = 1
    world.answer = () => promise
    const renewing = lease.renew()
    world.size = 0
    await lease.renew()
    resolve()
    await renewing
    expect(told).toEqual(['here', 'gone'])
  })
})
