import { runInDurableObject } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import type { ShareTotals } from '../../src/core/alerts/shares.ts'
import { LONG_WINDOW_MS, MARK_EVERY_MS } from '../../src/core/alerts/windows.ts'
import { Tally } from '../../src/core/metrics/tally.ts'
import { RecentShares } from '../../src/tenant/recent-shares.ts'
import { shareTotals } from '../../src/tenant/share-totals.ts'
import { Store } from '../../src/tenant/storage/store.ts'
import { newTenant } from './support/peer.ts'
import { objectOf } from './support/tenant-world.ts'

const MINUTE_MS = 60_000

/** Recent shares in an object of their own, with what is counted and the time in the test's hands. */
async function alone(
  play: (world: {
    tally: Tally
    clock: { now: number }
    /** How often the totals were added up. */
    looks: () => number
    store: Store
    wake: () => RecentShares
  }) => void,
): Promise<void> {
  await runInDurableObject(objectOf(newTenant('shares')), (_, { storage }) => {
    const store = new Store(storage, 4)
    store.transaction((txn) => txn.found('acme', 'first'))
    const tally = new Tally()
    const clock = { now: 1_000_000_000 }
    let looks = 0
    const counted = (): ShareTotals => {
      looks++
      return totalsOf(tally)
    }
    const wake = () => new RecentShares({ store, counted, now: () => clock.now })
    play({ tally, clock, looks: () => looks, store, wake })
  })
}

const totalsOf = (tally: Tally) =>
  shareTotals({
    total: (...series) => tally.total(...series),
    distribution: (name) => tally.distribution(name),
  })

describe('the shares that an object reports', () => {
  it('ALR-12 are of what was counted: verdicts, what was taken back, and what pages have measured', () => {
    const tally = new Tally()
    tally.count('verdicts', 90, 'accepted')
    tally.count('verdicts', 6, 'forbidden')
    tally.count('verdicts', 4, 'bad-value')
    tally.count('edits_reverted', 3, 'refused-unique')
    tally.observe('client_delivery', 40, 150)
    tally.observe('client_delivery', 9_000, 50)
    tally.count('client_resyncs', 2)
    tally.count('client_subscribed_time', 3_600_000 * 4)
    expect(totalsOf(tally)).toEqual({
      delivered: 200,
      slow: 50,
      verdicts: 100,
      failed: 7,
      denied: 6,
      resyncs: 2,
      subscribedHours: 4,
    })
  })

  it('ALR-12 outlive the sleep of the object, by a few rows an hour', () =>
    alone(({ tally, clock, store, wake }) => {
      let written = 0
      let before = store.facts.get('marks')
      for (let minute = 0; minute < 60; minute++) {
        tally.count('verdicts', 5, 'accepted')
        tally.count('verdicts', 5, 'bad-value')
        // It sleeps between any two.
        const { shares } = wake()
        expect(shares['error-rate']).toBe(minute < 2 ? undefined : 0.5)
        if (store.facts.get('marks') !== before) written++
        before = store.facts.get('marks')
        clock.now += MINUTE_MS
      }
      expect(written).toBe(LONG_WINDOW_MS / MARK_EVERY_MS)
    }))

  it('ALR-12 are added up every ten seconds at most, however much happens', () =>
    alone(({ clock, looks, wake }) => {
      const recent = wake()
      for (let i = 0; i < 1_000; i++) {
        expect(recent.shares).toEqual({})
        clock.now += 20
      }
      expect(looks()).toBe(2)
    }))

  it('ALR-6 of an object that is nobody’s write nothing', () =>
    alone(({ looks, store, wake }) => {
      store.transaction((txn) => txn.wipe())
      expect(wake().shares).toEqual({})
      expect([looks(), store.facts.get('marks')]).toEqual([0, []])
    }))
})
