import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { Alarm } from '../../../src/tenant/schedule/alarm.ts'
import { Sessions } from '../../../src/tenant/sessions/sessions.ts'
import { migrateStorage } from '../../../src/tenant/storage/schema-steps.ts'
import { Store } from '../../../src/tenant/storage/store.ts'
import { uncounted } from '../../support/uncounted.ts'
import { newTenant } from '../support/peer.ts'

/** Far enough ahead that no alarm of this test ever goes off. */
const AHEAD_MS = 1_000_000_000

it('TEN-49 while an edit waits for Postgres the armed alarm lies ahead, also when a call is under way', async () => {
  const object = env.TENANT.get(env.TENANT.idFromName(newTenant('armed')))
  await runInDurableObject(object, async (_, state) => {
    const { storage } = state
    let now = Date.now() + AHEAD_MS
    migrateStorage(storage)
    storage.sql.exec("INSERT INTO log (last_seq, entries) VALUES (1, '[]')")
    const store = new Store(storage, 4)
    const alarm = new Alarm({
      storage,
      store,
      sessions: new Sessions(state, {
        ending: () => {},
        whyOver: () => undefined,
        pause: () => Promise.resolve(),
        log: () => {},
        metrics: uncounted,
        now: () => now,
      }),
      lifecycle: { isFenced: false, isComplete: true, carries: false },
      polls: true,
      renewAt: () => undefined,
      presenceAt: () => undefined,
      now: () => now,
    })

    alarm.retryLater(() => 250)
    expect(await storage.getAlarm()).toBe(now + 250)

    // It goes off while a call that somebody else began is under way.
    now += 250
    alarm.lost()
    alarm.trying()
    alarm.arm()
    expect(await storage.getAlarm()).toBeGreaterThan(now)

    // That call fails, too: the next try is armed, and not thought to be armed already.
    alarm.retryLater(() => 500)
    expect(await storage.getAlarm()).toBe(now + 500)

    // An alarm that never went off is armed anew by whoever asks next.
    now += 60_000
    alarm.trying()
    alarm.arm()
    expect(await storage.getAlarm()).toBeGreaterThan(now)
    await storage.deleteAlarm()
  })
})

it('PRS-16 an alarm for presence alone calls for no visit to Postgres, and puts none off', async () => {
  const object = env.TENANT.get(env.TENANT.idFromName(newTenant('present')))
  await runInDurableObject(object, async (_, state) => {
    const { storage } = state
    let now = Date.now() + AHEAD_MS
    let presenceAt: number | undefined
    migrateStorage(storage)
    storage.sql.exec("INSERT INTO log (last_seq, entries) VALUES (1, '[]')")
    const alarm = new Alarm({
      storage,
      store: new Store(storage, 4),
      sessions: { size: 0, all: () => [] },
      lifecycle: { isFenced: false, isComplete: true, carries: false },
      polls: false,
      renewAt: () => undefined,
      presenceAt: () => presenceAt,
      now: () => now,
    })
    const begun = now
    alarm.arm()
    const visitAt = Number(await storage.getAlarm())
    expect(visitAt).toBeGreaterThan(now)

    // Somebody is looked after every three seconds; the edit that waits for Postgres still gets its visit in time.
    const visits: number[] = []
    while (now < begun + 60_000 && visits.length === 0) {
      presenceAt = now + 3_000
      alarm.arm()
      now = Number(await storage.getAlarm())
      if (alarm.wentOff()) visits.push(now)
    }
    expect(visits).toEqual([visitAt])

    // Armed by an object before this one, it may be for anything.
    alarm.lost()
    expect(alarm.wentOff()).toBe(true)
    await storage.deleteAlarm()
  })
})
