import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { readAlertOptions } from '../../src/core/alerts/options.ts'
import type { Delayed } from '../../src/protocol/down/health.ts'
import { REPORT_RETRY_MS, Reporting } from '../../src/tenant/reporting.ts'
import { Store } from '../../src/tenant/storage/store.ts'
import { cardsOf, sql } from './support/database.ts'
import { newTenant, Peer } from './support/peer.ts'
import { type PostgresCalls, watchPostgres } from './support/postgres-calls.ts'
import { assignee, card, change } from './support/samples.ts'
import { metaOf, nudge, objectOf, signNudge } from './support/tenant-world.ts'

const registry = env.REGISTRY.get(env.REGISTRY.idFromName('all tenants'))

/** The rules of which the registry holds a breach of a tenant. */
const reportedOf = async (tenant: string): Promise<unknown[]> =>
  runInDurableObject(registry, (_, { storage }) =>
    storage.sql
      .exec('SELECT rule FROM breach WHERE tenant = ? ORDER BY rule', tenant)
      .toArray()
      .map(({ rule }) => rule),
  )

let postgres: PostgresCalls

beforeEach(() => {
  postgres = watchPostgres()
})

afterEach(() => postgres.stop())

async function withCard(name: string) {
  const tenant = newTenant(name)
  const ada = await Peer.join({ sub: 'ada', tenant })
  await ada.push(ada.edit(assignee(), card('c1')))
  await ada.committed(1)
  return { tenant, ada }
}

const react = (peer: Peer) => peer.push(peer.edit(change('c1', { reactions: { add: 1 } })))

/** Has Postgres hold a record that cannot be one here, and the object take it. */
async function setAside(tenant: string): Promise<void> {
  await sql("UPDATE cards SET target_points = 9007199254740993 WHERE tenant_id = $1 AND id = 'c1'", tenant)
  await nudge(tenant)
}

describe('a tenant’s object tells the registry', () => {
  it('ALR-5 that Postgres is away, once that lasts, and that it is back', async () => {
    const { tenant, ada } = await withCard('away')
    expect(await reportedOf(tenant)).toEqual([])
    postgres.fail(tenant)
    await react(ada)
    await expect.poll(() => reportedOf(tenant)).toEqual(['postgres-away'])
    postgres.fail(undefined)
    await expect.poll(() => reportedOf(tenant)).toEqual([])
    await ada.committed(2)
  })

  it('ALR-5 the end of what it told the beginning of, though it slept in between', async () => {
    const { tenant } = await withCard('asleep')
    await setAside(tenant)
    await expect.poll(() => reportedOf(tenant)).toEqual(['set-aside'])
    await expect.poll(() => metaOf(tenant, 'reported')).toContain('set-aside')
    await evictDurableObject(objectOf(tenant), { webSockets: 'hibernate' })
    await sql("UPDATE cards SET target_points = 1 WHERE tenant_id = $1 AND id = 'c1'", tenant)
    await nudge(tenant)
    await expect.poll(() => reportedOf(tenant)).toEqual([])
    expect(await cardsOf(tenant)).toMatchObject([{ total: 1 }])
  })

  it('ALR-10 that all is over when it is emptied', async () => {
    const { tenant } = await withCard('emptied')
    await setAside(tenant)
    await expect.poll(() => reportedOf(tenant)).toEqual(['set-aside'])
    const response = await exports.default.fetch('https://tidemark.test/sync/tenant/forget', {
      method: 'POST',
      headers: { Authorization: `Bearer ${await signNudge({ tenant }, 'tidemark:admin')}` },
    })
    expect(response.status).toBe(200)
    await expect.poll(() => reportedOf(tenant)).toEqual([])
  })

  it('ALR-10 nothing of before it lost its storage, with its next client', async () => {
    const { tenant, ada } = await withCard('lost')
    await runInDurableObject(registry, (instance) => instance.report(tenant, [BREACH]))
    expect(await reportedOf(tenant)).toEqual(['conflict-backlog'])
    ada.close()
    await expect.poll(() => metaOf(tenant, 'listed_at')).toBe('0')
    await Peer.join({ sub: 'ada', tenant })
    await expect.poll(() => reportedOf(tenant)).toEqual([])
  })

  it('ALR-6 nothing while all is well, and no alarm is armed for it', async () => {
    const { tenant, ada } = await withCard('well')
    for (let i = 0; i < 3; i++) await react(ada)
    await ada.committed(4)
    ada.close()
    await expect.poll(() => metaOf(tenant, 'listed_at')).toBe('0')
    await runDurableObjectAlarm(objectOf(tenant))
    const armed = await runInDurableObject(objectOf(tenant), (_, { storage }) => storage.getAlarm())
    expect([armed, await metaOf(tenant, 'reported')]).toEqual([null, undefined])
  })
})

const BREACH = { rule: 'conflict-backlog', value: 200, since: 1 } as const

const AWAY: Delayed = { cause: 'postgres-away', since: 0, waiting: 1 }

/** Reporting on a store of its own, with the registry's answers and the time in the test's hands. */
async function alone(
  play: (world: {
    told: string[]
    state: { now: number; isAway: boolean; answer: () => Promise<void> }
    reporting: Reporting
    /** The reporting of an object that wakes. */
    again: () => Reporting
    rescheduled: () => number
  }) => Promise<void>,
): Promise<void> {
  await runInDurableObject(objectOf(newTenant('reporting')), async (_, { storage }) => {
    const store = new Store(storage, 4)
    store.transaction((txn) => txn.found('acme', 'first'))
    const told: string[] = []
    const state = { now: 1_000_000, isAway: false, answer: () => Promise.resolve() }
    const rescheduled = vi.fn()
    const again = () =>
      new Reporting({
        store,
        health: {
          get told() {
            return state.isAway ? AWAY : undefined
          },
        },
        recent: { shares: {} },
        alerts: readAlertOptions(),
        registry: () => ({
          report: (_tenant, breaches) => {
            told.push(breaches.map(({ rule }) => rule).join() || 'well')
            return state.answer()
          },
        }),
        rescheduled,
        log: () => undefined,
        now: () => state.now,
      })
    const reporting = again()
    await play({ told, state, reporting, again, rescheduled: () => rescheduled.mock.calls.length })
  })
}

describe('what the registry was not told', () => {
  it('ALR-5 it is told again, at the next look after a pause', () =>
    alone(async ({ told, state, reporting, rescheduled }) => {
      state.answer = () => Promise.reject(new Error('away'))
      state.isAway = true
      reporting.look()
      await expect.poll(rescheduled).toBe(1)
      expect(reporting.dueAt).toBe(state.now + REPORT_RETRY_MS)
      reporting.look()
      expect(told).toEqual(['postgres-away'])
      state.now += REPORT_RETRY_MS
      state.answer = () => Promise.resolve()
      reporting.look()
      await expect.poll(rescheduled).toBe(2)
      expect([told, reporting.dueAt]).toEqual([['postgres-away', 'postgres-away'], undefined])
    }))

  it('ALR-5 it may have heard, so it is told of the end as well', () =>
    alone(async ({ told, state, reporting, rescheduled }) => {
      state.answer = () => Promise.reject(new Error('away'))
      state.isAway = true
      reporting.look()
      await expect.poll(rescheduled).toBe(1)
      state.isAway = false
      state.now += REPORT_RETRY_MS
      state.answer = () => Promise.resolve()
      reporting.look()
      await expect.poll(rescheduled).toBe(2)
      expect([told, reporting.dueAt]).toEqual([['postgres-away', 'well'], undefined])
    }))

  it('ALR-5 because the object crashed, it is told by the next life', () =>
    alone(async ({ told, state, reporting, again, rescheduled }) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      state.answer = () => promise
      state.isAway = true
      reporting.look()
      state.answer = () => Promise.resolve()
      state.isAway = false
      const woken = again()
      expect(woken.dueAt).toBe(0)
      woken.look()
      expect(told).toEqual(['postgres-away', 'well'])
      resolve()
      await expect.poll(rescheduled).toBeGreaterThan(1)
    }))

  it('ALR-5 because it changed while the registry was told, it is told then', () =>
    alone(async ({ told, state, reporting, rescheduled }) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      onTestFinished(() => resolve())
      state.answer = () => promise
      state.isAway = true
      reporting.look()
      state.isAway = false
      reporting.look()
      expect([told, reporting.dueAt]).toEqual([['postgres-away'], undefined])
      state.answer = () => Promise.resolve()
      resolve()
      await expect.poll(rescheduled).toBe(2)
      expect(told).toEqual(['postgres-away', 'well'])
    }))
})
