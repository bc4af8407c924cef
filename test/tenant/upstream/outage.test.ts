import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import * as v from 'valibot'
import { afterEach, expect, it, vi } from 'vitest'
import { cardsOf, sql } from '../support/database.ts'
import { newTenant, Peer } from '../support/peer.ts'
import { type PostgresCalls, watchPostgres } from '../support/postgres-calls.ts'
import { assignee, card, change } from '../support/samples.ts'
import { committedOf, objectOf } from '../support/tenant-world.ts'

/** Days ahead: no alarm of this test goes off but by the test. */
const AHEAD_MS = 1_000_000_000

const MINUTE_MS = 60_000

/** What is promised for the first try after a recovery. */
const RECOVERY_MS = 30_000

let postgres: PostgresCalls | undefined

afterEach(() => {
  postgres?.stop()
  vi.restoreAllMocks()
  vi.useRealTimers()
})

/** Calls that Postgres did not answer. */
const answersIn = (lines: { readonly mock: { readonly calls: readonly unknown[][] } }) =>
  lines.mock.calls.filter(([line]) => String(line).includes('"postgres-away"')).length

/** Lets everything else go on for a moment. */
const turn = () => new Promise((resolve) => setTimeout(resolve, 1))

async function turnsUntil(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await turn()
}

const awaySchema = v.object({ event: v.string(), message: v.string(), retryIn: v.number() })

it('TEN-60 ten minutes without Postgres: edits are taken, the pauses grow to 15 s, and all arrives without a client', async () => {
  const start = Date.now() + AHEAD_MS
  vi.useFakeTimers({ toFake: ['Date'], now: start })
  const tenant = newTenant('outage')
  const object = objectOf(tenant)
  const lines = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  const ada = await Peer.join({ sub: 'ada', tenant })
  await ada.push(ada.edit(assignee(), card('c1')))
  await ada.committed(1)

  let isAway = false
  /** Lets the time pass until the armed alarm, which lies ahead, and lets that go off. */
  const untilAlarm = async () => {
    const at = await runInDurableObject(object, (_, { storage }) => storage.getAlarm())
    expect(at).toBeGreaterThan(Date.now())
    const pause = Number(at) - Date.now()
    vi.setSystemTime(Number(at))
    const before = answersIn(lines)
    expect(await runDurableObjectAlarm(object)).toBe(true)
    if (isAway) await turnsUntil(() => answersIn(lines) > before)
    return pause
  }
  const untilMinute = async (minute: number) => {
    while (Date.now() < start + minute * MINUTE_MS) {
      expect(await untilAlarm()).toBeLessThanOrEqual(RECOVERY_MS)
    }
  }

  postgres = watchPostgres()
  postgres.fail(tenant)
  isAway = true
  const verdicts = await ada.push(ada.edit(change('c1', { reactions: { add: 1 } })))
  await untilMinute(2)
  verdicts.push(...(await ada.push(ada.edit(change('c1', { reactions: { add: 1 } })))))
  await untilMinute(4)
  verdicts.push(...(await ada.push(ada.edit(change('c1', { notes: { set: 'in the dark' } })))))
  ada.close()
  await untilMinute(6)
  await evictDurableObject(object, { webSockets: 'close' })
  await untilMinute(10)

  expect(verdicts.map(({ is }) => is)).toEqual(['accepted', 'accepted', 'accepted'])
  expect(await committedOf(tenant)).toBe(1)
  const told = lines.mock.calls.flatMap(([line]) => {
    const read = v.safeParse(v.pipe(v.string(), v.parseJson(), awaySchema), line)
    return read.success && read.output.event === 'postgres-away' ? [read.output] : []
  })
  expect(told.length).toBeGreaterThan((10 * MINUTE_MS) / 15_000)
  expect(told.every(({ message }) => message.includes('no network'))).toBe(true)
  expect(told.slice(0, 8).map(({ retryIn }) => retryIn)).toEqual([
    250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000,
  ])

  postgres.fail(undefined)
  isAway = false
  expect(await untilAlarm()).toBeLessThanOrEqual(RECOVERY_MS)
  // The alarm does not wait for Postgres, and there is no client to be told.
  while ((await committedOf(tenant)) < 4) await turn()
  await turnsUntil(() =>
    runInDurableObject(object, async (_, { storage }) => (await storage.getAlarm()) === null),
  )
  expect(await cardsOf(tenant)).toMatchObject([{ id: 'c1', reactions: 2, notes: 'in the dark' }])
  expect(await sql('SELECT seq FROM tidemark.history WHERE tenant_id = $1', tenant)).toHaveLength(4)
  expect(await runInDurableObject(object, (_, { storage }) => storage.getAlarm())).toBeNull()
})

it('TEN-66 a batch without an answer is followed by a quarter of it, also after a sleep, and all arrives', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2 * AHEAD_MS })
  const lines = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  const tenant = newTenant('quarters')
  const object = objectOf(tenant)
  const ada = await Peer.join({ sub: 'ada', tenant })
  await ada.push(ada.edit(assignee(), card('c1')))
  await ada.committed(1)
  postgres = watchPostgres()
  postgres.fail(tenant)
  const edits = Array.from({ length: 200 }, () => ada.edit(change('c1', { reactions: { add: 1 } })))
  await ada.push(...edits)
  const sizes = () =>
    (postgres?.about('tidemark.apply_batch') ?? [])
      .filter(({ params }) => params[0] === tenant)
      .map(({ params: [, , after, upTo] }) => Number(upTo) - Number(after))
  let isAway = true
  const retryUntil = async (calls: number) => {
    while (sizes().length < calls) {
      const at = await runInDurableObject(object, (_, { storage }) => storage.getAlarm())
      vi.setSystemTime(at ?? Date.now())
      const before = answersIn(lines) + sizes().length
      await runDurableObjectAlarm(object)
      // The call, and that it failed; one that does not fail goes on by itself.
      await turnsUntil(() => answersIn(lines) + sizes().length >= before + (isAway ? 2 : 1))
    }
  }
  await retryUntil(3)
  // What it has learned outlives its sleep.
  await evictDurableObject(object, { webSockets: 'hibernate' })
  postgres.fail(undefined)
  isAway = false
  await retryUntil(4)
  await ada.committed(201)
  expect(sizes()).toEqual([200, 50, 13, 4, 8, 16, 32, 64, 76])
  expect(await cardsOf(tenant)).toMatchObject([{ id: 'c1', reactions: 200 }])
})
