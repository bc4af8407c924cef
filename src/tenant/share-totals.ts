import { type ShareTotals, SLOW_MS } from '../core/alerts/shares.ts'
import type { Metrics } from './metrics/metrics.ts'

const HOUR_MS = 3_600_000

/** The totals that the rules of shares are about, of what was counted. */
export function shareTotals(metrics: Pick<Metrics, 'total' | 'distribution'>): ShareTotals {
  const deliveries = metrics.distribution('client_delivery')
  const verdicts = metrics.total('verdicts')
  const accepted = metrics.total('verdicts', 'accepted')
  const denied = metrics.total('verdicts', 'forbidden')
  return {
    delivered: deliveries.count,
    slow: deliveries.count - deliveries.upTo(SLOW_MS),
    verdicts,
    // What Postgres refused was accepted before.
    failed: verdicts - accepted - denied + metrics.total('edits_reverted'),
    denied,
    resyncs: metrics.total('client_resyncs'),
    subscribedHours: metrics.total('client_subscribed_time') / HOUR_MS,
  }
}
