import type { HistogramName } from '../../core/metrics/metric-table.ts'
import type { Reading } from '../../core/metrics/reading.ts'
import { Tally } from '../../core/metrics/tally.ts'
import type { AnalyticsPoint } from '../../platform/platform.ts'

/** Characters of a point's index: at three bytes each no more than the 96 that one may have. */
const MAX_INDEX = 32

/** The value of a point's place, by its name in `docs/monitoring.md`. The platform takes 20 of them. */
type Double = { readonly name: string; readonly of: (reading: Reading, tally: Tally) => number }

const quantile = (name: string, of: HistogramName, share: number): Double => ({
  name,
  of: (_, tally) => tally.distribution(of).quantile(share) ?? 0,
})

/** The doubles of a point, in this order: of what came since the point before, and how things stood at its end. */
export const DOUBLES: readonly Double[] = [
  { name: 'seconds', of: ({ since, at }) => (at - since) / 1_000 },
  { name: 'sessions', of: ({ gauges }) => gauges.sessions ?? 0 },
  { name: 'outbox', of: ({ gauges }) => gauges.outbox ?? 0 },
  { name: 'edits accepted', of: (_, tally) => tally.total('edits_accepted') },
  {
    name: 'verdicts that are refusals',
    of: (_, tally) => tally.total('verdicts') - tally.total('verdicts', 'accepted'),
  },
  { name: 'edits reverted', of: (_, tally) => tally.total('edits_reverted') },
  { name: 'conflicts found', of: (_, tally) => tally.total('conflicts_found') },
  { name: 'external changes', of: (_, tally) => tally.total('external_changes') },
  { name: 'frames received', of: (_, tally) => tally.total('frames_received') },
  { name: 'frames sent', of: (_, tally) => tally.total('frames_sent') },
  { name: 'bytes received', of: (_, tally) => tally.total('received_bytes') },
  { name: 'bytes sent', of: (_, tally) => tally.total('sent_bytes') },
  { name: 'calls to Postgres', of: (_, tally) => tally.total('postgres_calls') },
  quantile('drain lag p50', 'drain_lag', 0.5),
  quantile('drain lag p99', 'drain_lag', 0.99),
  quantile('delivery p50', 'client_delivery', 0.5),
  quantile('delivery p99', 'client_delivery', 0.99),
  quantile('recovery p99', 'client_recovery', 0.99),
  { name: 'wake-ups', of: (_, tally) => tally.total('wake_ups') },
  { name: 'seconds awake', of: (_, tally) => tally.total('awake_time') / 1_000 },
]

/** A point of Analytics Engine for what was counted of a tenant in an interval. */
export function pointOf(tenant: string, reading: Reading): AnalyticsPoint {
  const tally = new Tally()
  tally.add(reading)
  return {
    indexes: [tenant.slice(0, MAX_INDEX)],
    blobs: [tenant],
    doubles: DOUBLES.map(({ of }) => of(reading, tally)),
  }
}
