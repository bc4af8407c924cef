import { describe, expect, it } from 'vitest'
import { countReport } from '../../../src/core/metrics/count-report.ts'
import { Histogram } from '../../../src/core/metrics/histogram.ts'
import { Tally } from '../../../src/core/metrics/tally.ts'
import {
  MAX_REPORTED,
  MAX_REPORTED_BYTES,
  MAX_REPORTED_RESYNCS,
  MAX_REPORTED_TIME_MS,
} from '../../../src/protocol/limits.ts'
import type { Report } from '../../../src/protocol/up/metrics.ts'

function times(value: number, count = 1): number[] {
  const histogram = new Histogram()
  histogram.observe(value, count)
  return [...histogram.pack()]
}

const UNBELIEVABLE: [string, Report][] = [
  ['more values than are measured between two reports', { delivery: times(5, MAX_REPORTED + 1) }],
  ['a time longer than a day', { recovery: times(MAX_REPORTED_TIME_MS * 2) }],
  ['a sum that its values cannot have', { accepted: [999, 5, 1] }],
  ['a bucket that there is not', { committed: [5, 5_000, 1] }],
  ['more resyncs than a page has queries', { resyncs: MAX_REPORTED_RESYNCS + 1 }],
  ['more bytes than a link carries', { bytes: MAX_REPORTED_BYTES + 1 }],
  ['more time than there was', { subscribed: Number.MAX_SAFE_INTEGER }],
]

describe('a report', () => {
  it.each(UNBELIEVABLE)('MET-37 with %s is left out whole', (_, report) => {
    const tally = new Tally()
    expect(countReport(tally, { delivery: times(1), resyncs: 1, ...report })).toBe(false)
    expect(tally.counted).toEqual({ counters: {}, histograms: {} })
  })

  it('MET-37 within its bounds is counted', () => {
    const tally = new Tally()
    const report = {
      delivery: times(100, 3),
      recovery: times(1_500),
      resyncs: 2,
      bytes: 5_000,
      subscribed: 60_000,
    }
    expect(countReport(tally, report)).toBe(true)
    expect(tally.distribution('client_delivery').pack()).toEqual(times(100, 3))
    expect([tally.total('client_resyncs'), tally.total('client_received_bytes')]).toEqual([2, 5_000])
  })
})
