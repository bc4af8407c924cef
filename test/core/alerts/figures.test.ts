import { describe, expect, it } from 'vitest'
import { breachesOf, isNewsOf, SHARE_LASTS_MS, type TenantFigures } from '../../../src/core/alerts/figures.ts'
import { readAlertOptions } from '../../../src/core/alerts/options.ts'
import { SHORT_WINDOW_MS } from '../../../src/core/alerts/windows.ts'

const NOW = 1_000_000

const RULES = readAlertOptions({
  rules: { 'drain-lag': { atLeast: 5_000 }, 'conflict-backlog': { atLeast: 3 } },
})

const FINE: TenantFigures = {
  delayed: undefined,
  waitingSince: undefined,
  aside: 0,
  conflicts: 0,
  shares: {},
}

const breaches = (figures: Partial<TenantFigures>, rules = RULES) =>
  breachesOf(rules, { ...FINE, ...figures }, [], NOW)

describe('the figures of a tenant', () => {
  it.each([
    ['of one that is fine', {}, undefined],
    [
      'Postgres away, just told',
      { delayed: { cause: 'postgres-away', since: NOW - 3_000 } },
      'postgres-away',
    ],
    ['Postgres away, not told yet', { delayed: { cause: 'postgres-away', since: NOW - 2_999 } }, undefined],
    ['parked, from its first moment', { delayed: { cause: 'parked', since: NOW } }, 'parked'],
    ['an edit that waits, and too long', { waitingSince: NOW - 5_000 }, 'drain-lag'],
    ['an edit that waits', { waitingSince: NOW - 4_999 }, undefined],
    ['a record set aside', { aside: 1 }, 'set-aside'],
    ['too many conflicts', { conflicts: 3 }, 'conflict-backlog'],
    ['some conflicts', { conflicts: 2 }, undefined],
    ['too many refusals', { shares: { 'error-rate': 0.05 } }, 'error-rate'],
    ['some refusals', { shares: { 'error-rate': 0.049 } }, undefined],
  ] as const)('ALR-2 reach a threshold and no other: %s', (_, figures, rule) => {
    expect(breaches(figures).map((breach) => breach.rule)).toEqual(rule ? [rule] : [])
  })

  it('ALR-4 that wait for a Postgres that is away, or has to be mended, have no other alert', () => {
    const waitingSince = NOW - 600_000
    for (const cause of ['postgres-away', 'parked'] as const) {
      const delayed = { cause, since: NOW - 500_000 }
      expect(breaches({ waitingSince, delayed })).toEqual([
        { rule: cause, value: 500_000, since: delayed.since },
      ])
    }
  })

  it('ALR-5 say since when, also where that was reported before', () => {
    const reported = breachesOf(RULES, { ...FINE, aside: 1 }, [], NOW)
    expect(reported).toEqual([{ rule: 'set-aside', value: 1, since: NOW }])
    expect(breachesOf(RULES, { ...FINE, aside: 7 }, reported, NOW + 5)).toEqual([
      { rule: 'set-aside', value: 7, since: NOW },
    ])
  })

  it('ALR-12 of a share end by themselves, unless they are reported again in time', () => {
    const [breach] = breaches({ shares: { 'denied-requests': 0.5 } })
    expect(breach).toEqual({ rule: 'denied-requests', value: 0.5, since: NOW, until: NOW + SHARE_LASTS_MS })
    const reported = breach ? [breach] : []
    const lasts = SHARE_LASTS_MS - SHORT_WINDOW_MS
    expect(isNewsOf(reported, reported, NOW + lasts)).toBe(false)
    expect(isNewsOf(reported, reported, NOW + lasts + 1)).toBe(true)
    expect(isNewsOf([], [], NOW)).toBe(false)
  })

  it('ALR-3 of a rule that is switched off are none', () => {
    const without = readAlertOptions({ rules: { 'set-aside': false } })
    expect(breaches({ aside: 1, conflicts: 500 }, without).map(({ rule }) => rule)).toEqual([
      'conflict-backlog',
    ])
  })

  it('ALR-2 a clock that was put back makes no figure negative', () => {
    expect(breaches({ delayed: { cause: 'parked', since: NOW + 60_000 } })[0]?.value).toBe(0)
  })
})
