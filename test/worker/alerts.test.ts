import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SHARE_LASTS_MS } from '../../src/core/alerts/figures.ts'
import { type AlertOptions, readAlertOptions } from '../../src/core/alerts/options.ts'
import { RULES, type RuleName } from '../../src/core/alerts/rules.ts'
import type { Log } from '../../src/platform/log-line.ts'
import type { Storage } from '../../src/platform/platform.ts'
import { Alerting } from '../../src/registry/alerting.ts'
import { MAX_MESSAGES, MAX_PAUSE_MS, MESSAGE_LIFE_MS } from '../../src/registry/message-rows.ts'
import { sendMessage, signatureOf, WEBHOOK_DEADLINE_MS } from '../../src/registry/webhook.ts'

/** Years ahead: no alarm of these tests goes off but by the test. */
const AHEAD_MS = 300_000_000_000

const KEY = Uint8Array.from({ length: 32 }, (_, i) => i)

const URL_OF_RECEIVER = 'https://pager.test/alerts'

/** A receiver of webhooks that answers as a test says. */
class Receiver {
  readonly got: { headers: Headers; body: string; signal: AbortSignal | undefined }[] = []
  answers: (() => Response | Promise<Response>)[] = []

  constructor() {
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
      if (input !== URL_OF_RECEIVER) throw new Error(`somebody asks for ${String(input)}`)
      const { headers, body, signal } = init ?? {}
      this.got.push({
        headers: new Headers(headers),
        body: typeof body === 'string' ? body : '',
        signal: signal ?? undefined,
      })
      return (this.answers.shift() ?? (() => new Response(null, { status: 204 })))()
    })
  }

  get types(): unknown[] {
    return this.got.map(({ body }) => JSON.parse(body).type)
  }
}

let receiver: Receiver
let number = 0

beforeEach(() => {
  receiver = new Receiver()
})

afterEach(() => vi.restoreAllMocks())

/** The registry's alerts in the storage of an object of their own, with the time in the test's hands. */
async function withAlerts(
  play: (world: {
    clock: { now: number; fails: number }
    lines: string[]
    storage: Storage
    open: (options?: AlertOptions, isSent?: boolean) => Alerting
  }) => Promise<void>,
): Promise<void> {
  const object = env.REGISTRY.get(env.REGISTRY.idFromName(`alerts ${number++}`))
  await runInDurableObject(object, async (_, { storage }) => {
    const clock = { now: Date.now() + AHEAD_MS, fails: 0 }
    const lines: string[] = []
    const log: Log = (event, facts) =>
      lines.push(`${event} ${facts['rule'] ?? facts['id'] ?? facts['error']}`)
    let id = 0
    const open = (options: AlertOptions = {}, isSent = true) =>
      new Alerting({
        storage,
        alerts: readAlertOptions(options),
        send: isSent
          ? (message, now) => sendMessage({ url: URL_OF_RECEIVER, key: KEY }, message, now)
          : undefined,
        newId: () => String(++id),
        log,
        now: () => {
          if (clock.fails-- > 0) throw new Error('broken')
          return clock.now
        },
      })
    await play({ clock, lines, storage, open })
    await storage.deleteAlarm()
  })
}

const breach = (rule: RuleName, value = 5_000) => ({ rule, value, since: 1_000 })

const AWAY = [breach('postgres-away')]

/** Lets the alarm go off at its time. */
async function alarm({ clock, storage }: { clock: { now: number }; storage: Storage }, alerting: Alerting) {
  const at = await storage.getAlarm()
  if (at === null) throw new Error('no alarm is armed')
  await storage.deleteAlarm()
  clock.now = Math.max(clock.now, at)
  await alerting.wentOff()
}

describe('alerts', () => {
  it('ALR-2 fire once for all tenants, and resolve once, when the last has been well for the cool-down', () =>
    withAlerts(async (world) => {
      const alerting = world.open()
      for (const tenant of ['a', 'b', 'c', 'a']) alerting.report(tenant, AWAY)
      await alarm(world, alerting)
      for (const tenant of ['a', 'b', 'c']) alerting.report(tenant, [])
      expect(receiver.types).toEqual(['alert.fired'])
      const cleared = world.clock.now
      await alarm(world, alerting)
      expect(world.clock.now - cleared).toBe(RULES['postgres-away'].coolDownMs)
      expect(receiver.types).toEqual(['alert.fired', 'alert.resolved'])
      expect(world.lines).toEqual(['alert-fired postgres-away', 'alert-resolved postgres-away'])
    }))

  it('ALR-2 go on where the figure comes back within the cool-down', () =>
    withAlerts(async (world) => {
      const alerting = world.open()
      for (let i = 0; i < 5; i++) {
        alerting.report('a', AWAY)
        alerting.report('a', [])
        world.clock.now += RULES['postgres-away'].coolDownMs - 1
      }
      alerting.report('a', AWAY)
      await alarm(world, alerting)
      expect(receiver.types).toEqual(['alert.fired'])
      expect(await world.storage.getAlarm()).toBeNull()
    }))

  it('ALR-4 are one for all tenants, or one for each, as their rule says', () =>
    withAlerts(async (world) => {
      const alerting = world.open()
      for (const tenant of ['a', 'b']) alerting.report(tenant, [breach('parked'), breach('set-aside', 2)])
      await alarm(world, alerting)
      const told = receiver.got.map(({ body }) => JSON.parse(body).data)
      expect(told.map(({ rule, tenant }) => [rule, tenant])).toEqual([
        ['parked', null],
        ['set-aside', 'a'],
        ['set-aside', 'b'],
      ])
    }))

  it('ALR-9 say what is wrong, whose, since when and where to read on', () =>
    withAlerts(async (world) => {
      const alerting = world.open({ runbook: 'https://wiki.example/runbook' })
      const fired = new Date(world.clock.now).toISOString()
      alerting.report('b', [breach('drain-lag', 61_000)])
      await alarm(world, alerting)
      alerting.report('b', [])
      await alarm(world, alerting)
      const about = {
        rule: 'drain-lag',
        tenant: 'b',
        since: fired,
        summary: RULES['drain-lag'].summary,
        runbook: 'https://wiki.example/runbook/drain-lag.md',
        unit: 'ms',
        atLeast: 60_000,
      }
      expect(receiver.got.map(({ body }) => JSON.parse(body))).toEqual([
        {
          type: 'alert.fired',
          timestamp: fired,
          data: { ...about, value: 61_000, tenants: { count: 1, first: ['b'] } },
        },
        {
          type: 'alert.resolved',
          timestamp: new Date(world.clock.now).toISOString(),
          data: { ...about, tenants: { count: 0, first: [] } },
        },
      ])
    }))

  it('ALR-6 leave no alarm at rest, and arm none for what is reported again', () =>
    withAlerts(async (world) => {
      const alerting = world.open()
      expect(await world.storage.getAlarm()).toBeNull()
      alerting.report('a', [])
      expect(await world.storage.getAlarm()).toBeNull()
      alerting.report('a', AWAY)
      await alarm(world, alerting)
      alerting.report('a', AWAY)
      expect(await world.storage.getAlarm()).toBeNull()
      alerting.report('a', [])
      await alarm(world, alerting)
      expect(await world.storage.getAlarm()).toBeNull()
    }))

  it('ALR-6 are lines of the log alone where no webhook is set, and need no alarm for that', () =>
    withAlerts(async (world) => {
      world.open({}, false).report('a', AWAY)
      expect(world.lines).toEqual(['alert-fired postgres-away'])
      expect(await world.storage.getAlarm()).toBeNull()
      expect(receiver.got).toEqual([])
    }))

  it('ALR-12 of a share resolve by themselves where nothing is heard of it any more', () =>
    withAlerts(async (world) => {
      const alerting = world.open()
      const begun = world.clock.now
      const report = () =>
        alerting.report('a', [{ ...breach('error-rate', 0.5), until: world.clock.now + SHARE_LASTS_MS }])
      report()
      await alarm(world, alerting)
      world.clock.now += SHARE_LASTS_MS / 2
      report()
      for (let i = 0; i < 2; i++) await alarm(world, alerting)
      expect(receiver.types).toEqual(['alert.fired', 'alert.resolved'])
      expect(world.clock.now - begun).toBe(1.5 * SHARE_LASTS_MS + RULES['error-rate'].coolDownMs)
      expect(await world.storage.getAlarm()).toBeNull()
    }))

  it('ALR-10 of a rule that was switched off, or is none of this version, end', () =>
    withAlerts(async (world) => {
      world.open().report('a', [breach('set-aside', 1), breach('parked')])
      const alerting = world.open({ rules: { 'set-aside': false } })
      await alarm(world, alerting)
      expect(receiver.types).toEqual(['alert.fired', 'alert.fired', 'alert.resolved'])
      expect(JSON.parse(receiver.got[2]?.body ?? '').data).toMatchObject({ rule: 'set-aside', tenant: 'a' })
    }))
})

describe('messages', () => {
  it('ALR-7 go again with growing pauses until they are taken, the end of an alert after its beginning', () =>
    withAlerts(async (world) => {
      const alerting = world.open({ rules: { 'postgres-away': { coolDownMs: 0 } } })
      receiver.answers = [
        () => new Response('later', { status: 503 }),
        () => Promise.reject(new Error('no network')),
        () => new Response(null, { status: 302, headers: { Location: 'https://elsewhere.test/' } }),
      ]
      alerting.report('a', AWAY)
      const times: number[] = []
      while ((await world.storage.getAlarm()) !== null) {
        await alarm(world, alerting)
        times.push(world.clock.now)
        if (times.length === 1) alerting.report('a', [])
      }
      expect(times.slice(1).map((time, i) => time - (times[i] ?? 0))).toEqual([250, 500, 1_000])
      expect(receiver.got.map(({ headers }) => headers.get('webhook-id'))).toEqual([
        ...Array.from({ length: 4 }, () => 'msg_1'),
        'msg_2',
      ])
    }))

  it('ALR-7 that a receiver refuses hold up no other alert', () =>
    withAlerts(async (world) => {
      const alerting = world.open()
      receiver.answers = [() => new Response('no', { status: 400 })]
      alerting.report('a', AWAY)
      alerting.report('b', [breach('set-aside')])
      await alarm(world, alerting)
      expect(receiver.got.map(({ headers }) => headers.get('webhook-id'))).toEqual(['msg_1', 'msg_2'])
      await alarm(world, alerting)
      expect(receiver.got.at(-1)?.headers.get('webhook-id')).toBe('msg_1')
      expect(await world.storage.getAlarm()).toBeNull()
    }))

  it('ALR-7 wait for a receiver that does not answer, and are not tried on it one by one', () =>
    withAlerts(async (world) => {
      const alerting = world.open()
      receiver.answers = [() => Promise.reject(new Error('no network'))]
      for (let i = 0; i < 9; i++) alerting.report(`t${i}`, [breach('set-aside')])
      await alarm(world, alerting)
      expect(receiver.got).toHaveLength(1)
      await alarm(world, alerting)
      expect(receiver.got).toHaveLength(10)
    }))

  it('ALR-7 go again after the registry was evicted, as they were, and no state has two', () =>
    withAlerts(async (world) => {
      receiver.answers = [() => new Response(null, { status: 500 })]
      const first = world.open()
      first.report('a', AWAY)
      await alarm(world, first)
      const woken = world.open()
      woken.report('a', AWAY)
      await alarm(world, woken)
      const [tried, taken] = receiver.got
      expect(receiver.got).toHaveLength(2)
      expect(taken?.body).toBe(tried?.body)
      expect(taken?.headers.get('webhook-id')).toBe(tried?.headers.get('webhook-id'))
    }))

  it('ALR-7 to a receiver that is away for long are a call every ten minutes, and are dropped after a day', () =>
    withAlerts(async (world) => {
      const alerting = world.open()
      vi.mocked(fetch).mockImplementation(() => Promise.reject(new Error('no network')))
      alerting.report('a', AWAY)
      const begun = world.clock.now
      let last = begun
      let longest = 0
      while ((await world.storage.getAlarm()) !== null) {
        await alarm(world, alerting)
        longest = Math.max(longest, world.clock.now - last)
        last = world.clock.now
      }
      expect(longest).toBe(MAX_PAUSE_MS)
      expect(last - begun).toBeGreaterThan(MESSAGE_LIFE_MS)
      expect(vi.mocked(fetch).mock.calls.length).toBeLessThan(170)
      expect(world.lines.at(-1)).toBe('alert-dropped msg_1')
    }))

  it('ALR-7 that are too many are dropped from the oldest on', () =>
    withAlerts(async (world) => {
      const alerting = world.open()
      const extra = 3
      for (let i = 0; i < MAX_MESSAGES + extra; i++) alerting.report(`t${i}`, [breach('set-aside')])
      receiver.answers = [() => new Response(null, { status: 500 })]
      await alarm(world, alerting)
      expect(world.lines.filter((line) => line.startsWith('alert-dropped'))).toHaveLength(extra)
      expect(receiver.got[0]?.headers.get('webhook-id')).toBe(`msg_${extra + 1}`)
    }))

  it('ALR-7 have a deadline', async () => {
    const timeout = vi.spyOn(AbortSignal, 'timeout')
    await sendMessage({ url: URL_OF_RECEIVER, key: KEY }, { id: 'msg_1', body: '{}' }, 0)
    expect(timeout).toHaveBeenCalledWith(WEBHOOK_DEADLINE_MS)
    expect(receiver.got[0]?.signal).toBe(timeout.mock.results[0]?.value)
  })

  it('ALR-7 are sent though an alarm before failed: it says so and is armed again', () =>
    withAlerts(async (world) => {
      const alerting = world.open()
      alerting.report('a', AWAY)
      const { now } = world.clock
      world.clock.fails = 1
      await world.storage.deleteAlarm()
      await alerting.wentOff()
      expect(world.lines.at(-1)).toBe('alerting-failed Error: broken')
      expect(await world.storage.getAlarm()).toBeGreaterThan(now)
      await alarm(world, alerting)
      expect(receiver.types).toEqual(['alert.fired'])
    }))

  it('ALR-8 are signed over id, time and body, as the standard has it', async () => {
    // The example of the standard's own documentation.
    const key = Uint8Array.from(atob('plJ3nmyCDGBKInavdOK15jsl'), (character) => character.charCodeAt(0))
    const body = '{"event_type":"ping","data":{"success":true}}'
    const signature = await signatureOf(key, 'msg_loFOjxBNrRLzqYUf', 1_731_705_121, body)
    expect(signature).toBe('v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=')
    await sendMessage({ url: URL_OF_RECEIVER, key: KEY }, { id: 'msg_7', body }, 9_900)
    const headers = Object.fromEntries(receiver.got[0]?.headers ?? [])
    expect(headers).toMatchObject({
      'webhook-id': 'msg_7',
      'webhook-timestamp': '9',
      'webhook-signature': await signatureOf(KEY, 'msg_7', 9, body),
      'content-type': 'application/json',
    })
  })
})
