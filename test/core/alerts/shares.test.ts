import { describe, expect, it } from 'vitest'
import { Random } from '../../../dev/harness/random.ts'
import { type ShareTotals, sharesOf } from '../../../src/core/alerts/shares.ts'
import {
  isMarkDue,
  LONG_WINDOW_MS,
  MARK_EVERY_MS,
  type Mark,
  SHORT_WINDOW_MS,
  withMark,
} from '../../../src/core/alerts/windows.ts'

const NOTHING: ShareTotals = {
  delivered: 0,
  slow: 0,
  verdicts: 0,
  failed: 0,
  denied: 0,
  resyncs: 0,
  subscribedHours: 0,
}

const MINUTE_MS = 60_000

/** An object in which something happens every minute, and what it makes of that. */
function play(minutes: readonly Partial<ShareTotals>[], begun = 1_000_000) {
  let marks: Mark[] = [{ at: begun, totals: NOTHING }]
  let totals = NOTHING
  let at = begun
  const shares = minutes.map((happens) => {
    at += MINUTE_MS
    totals = added(totals, happens)
    const mark = { at, totals }
    const found = sharesOf(marks, mark)
    if (isMarkDue(marks, at)) marks = withMark(marks, mark)
    return found
  })
  return { shares, marks, at }
}

function added(one: ShareTotals, other: Partial<ShareTotals>): ShareTotals {
  const sum = (name: keyof typeof NOTHING) => Number(one[name]) + Number(other[name] ?? 0)
  return {
    delivered: sum('delivered'),
    slow: sum('slow'),
    verdicts: sum('verdicts'),
    failed: sum('failed'),
    denied: sum('denied'),
    resyncs: sum('resyncs'),
    subscribedHours: sum('subscribedHours'),
  }
}

const times = (n: number, happens: Partial<ShareTotals>) => Array.from({ length: n }, () => happens)

describe('the shares of the last hour and minutes', () => {
  it('ALR-12 are of both windows, of each the lesser', () => {
    const { shares } = play([...times(60, { verdicts: 10 }), ...times(10, { verdicts: 10, failed: 10 })])
    expect(shares[59]?.['error-rate']).toBe(0)
    // All of the last minutes failed, and a sixth of the hour.
    expect(shares[69]?.['error-rate']).toBeCloseTo(100 / 650, 1)
  })

  it('ALR-12 of what is over are low soon, though the hour was bad', () => {
    const { shares } = play([...times(30, { verdicts: 10, failed: 10 }), ...times(15, { verdicts: 10 })])
    expect(shares[29]?.['error-rate']).toBe(1)
    expect(shares[44]?.['error-rate']).toBe(0)
  })

  it('ALR-12 of few are none', () => {
    const { shares } = play([
      { verdicts: 19, failed: 19 },
      { verdicts: 1, failed: 1 },
    ])
    expect(shares.map((found) => found['error-rate'])).toEqual([undefined, 1])
  })

  it('ALR-12 of pages are of what they measured', () => {
    const { shares } = play([
      { delivered: 200, slow: 4, subscribedHours: 2, resyncs: 6, verdicts: 40, denied: 10 },
    ])
    expect(shares).toEqual([
      { 'delivery-slow': 0.02, 'resync-rate': 3, 'denied-requests': 0.25, 'error-rate': 0 },
    ])
  })

  it('ALR-12 are not of what was counted before anybody looked', () => {
    expect(sharesOf([], { at: 0, totals: { ...NOTHING, verdicts: 5_000, failed: 5_000 } })).toEqual({})
  })

  it('ALR-12 go on where counting began anew', () => {
    const marks = [{ at: 0, totals: { ...NOTHING, verdicts: 5_000, failed: 10 } }]
    const now = { at: MINUTE_MS, totals: { ...NOTHING, verdicts: 50, failed: 5 } }
    expect(sharesOf(marks, now)['error-rate']).toBe(0.1)
  })

  it('ALR-12 are never more than what has happened, and their marks are few', () => {
    const random = new Random(7)
    for (let run = 0; run < 50; run++) {
      const minutes = times(random.whole(1, 400), {}).map(() => {
        const verdicts = random.whole(0, 60)
        return random.whole(0, 3) === 0 ? {} : { verdicts, failed: random.whole(0, verdicts) }
      })
      const { shares, marks, at } = play(minutes)
      for (const { 'error-rate': share = 0 } of shares) {
        expect(share).toBeGreaterThanOrEqual(0)
        expect(share).toBeLessThanOrEqual(1)
      }
      expect(marks.length).toBeLessThanOrEqual(LONG_WINDOW_MS / MARK_EVERY_MS + 2)
      expect(at - (marks[1]?.at ?? at)).toBeLessThanOrEqual(LONG_WINDOW_MS + SHORT_WINDOW_MS)
    }
  })
})
