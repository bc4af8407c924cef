import {
  MAX_REPORTED,
  MAX_REPORTED_BYTES,
  MAX_REPORTED_RESYNCS,
  MAX_REPORTED_TIME_MS,
  MAX_SUBSCRIPTIONS,
} from '../../protocol/limits.ts'
import type { Report } from '../../protocol/up/metrics.ts'
import { Histogram } from './histogram.ts'
import type { HistogramName } from './metric-table.ts'
import type { Tally } from './tally.ts'

const DISTRIBUTIONS = ['delivery', 'accepted', 'committed', 'recovery'] as const

const NAMES: { readonly [Of in (typeof DISTRIBUTIONS)[number]]: HistogramName } = {
  delivery: 'client_delivery',
  accepted: 'client_accepted',
  committed: 'client_committed',
  recovery: 'client_recovery',
}

/**
 * Counts what a client says that it has measured, as far as it can be believed: no label is of its choosing, no
 * number beyond its bound, and a report that exceeds one is left out whole. So all that a client can do is to be wrong
 * about so many values for each report that is taken.
 *
 * @returns whether it was taken
 */
export function countReport(tally: Tally, report: Report): boolean {
  const { resyncs = 0, bytes = 0, subscribed = 0 } = report
  if (resyncs > MAX_REPORTED_RESYNCS || bytes > MAX_REPORTED_BYTES) return false
  if (subscribed > MAX_REPORTED_TIME_MS * MAX_SUBSCRIPTIONS) return false
  const read = DISTRIBUTIONS.flatMap((of) =>
    report[of] ? [{ of, values: Histogram.unpack(report[of]) }] : [],
  )
  if (!read.every(({ values }) => isBelieved(values))) return false
  for (const { of, values } of read) if (values) tally.addTo(NAMES[of], values)
  tally.count('client_resyncs', resyncs)
  tally.count('client_received_bytes', bytes)
  tally.count('client_subscribed_time', subscribed)
  return true
}

function isBelieved(values: Histogram | undefined): boolean {
  return (
    values !== undefined && values.count <= MAX_REPORTED && values.upTo(MAX_REPORTED_TIME_MS) === values.count
  )
}
