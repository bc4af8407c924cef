import { Histogram, type PackedHistogram } from './histogram.ts'
import { namesOf } from './metric-table.ts'
import type { Labels, Reading } from './reading.ts'
import { Tally } from './tally.ts'

/** Readings of several tenants as one: all that was counted, and the sums of how they stand. */
export function together(readings: readonly Reading[], at: number): Reading {
  const tally = new Tally()
  for (const reading of readings) tally.add(reading)
  const gauges = namesOf('gauge').map((name) => [
    name,
    readings.reduce((sum, reading) => sum + (reading.gauges[name] ?? 0), 0),
  ])
  const since = readings.reduce((earliest, reading) => Math.min(earliest, reading.since), at)
  return { since, at, ...tally.counted, gauges: Object.fromEntries(gauges) }
}

/**
 * Tells what was counted between two readings of one tenant; all of the later one where counting has begun anew since. What
 * a crash took back is 0, and no less.
 */
export function difference(later: Reading, earlier: Reading): Reading {
  if (later.since !== earlier.since) return later
  const counters = namesOf('counter').map((name) => [
    name,
    subtract(later.counters[name], earlier.counters[name], (now, before = 0) => Math.max(0, now - before)),
  ])
  const histograms = namesOf('histogram').map((name) => [
    name,
    subtract(later.histograms[name], earlier.histograms[name], subtractPacked),
  ])
  return {
    ...later,
    since: earlier.at,
    counters: Object.fromEntries(counters),
    histograms: Object.fromEntries(histograms),
  }
}

function subtract<Value>(
  later: Readonly<Record<Labels, Value>> = {},
  earlier: Readonly<Record<Labels, Value>> = {},
  less: (now: Value, before: Value | undefined) => Value,
): Record<Labels, Value> {
  return Object.fromEntries(
    Object.entries(later).map(([labels, now]) => [labels, less(now, earlier[labels])]),
  )
}

function subtractPacked(now: PackedHistogram, before: PackedHistogram | undefined): PackedHistogram {
  const [later, earlier] = [Histogram.unpack(now), Histogram.unpack(before ?? [0])]
  return later && earlier ? later.less(earlier).pack() : now
}
