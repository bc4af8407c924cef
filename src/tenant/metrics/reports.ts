import type { Reading } from '../../core/metrics/reading.ts'
import { difference } from '../../core/metrics/readings.ts'
import type { AnalyticsDataset } from '../../platform/platform.ts'
import type { Store } from '../storage/store.ts'
import { pointOf } from './analytics-point.ts'
import type { Metrics } from './metrics.ts'

/** A tenant with something new to tell of tells it this often at most, in ms, when its object is awake anyway. */
export const REPORT_EVERY_MS = 60_000

type Parts = {
  readonly store: Store
  readonly metrics: Metrics
  readonly sessions: { readonly size: number }
  /** Undefined where the deployment has no binding to one. */
  readonly analytics: AnalyticsDataset | undefined
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Reports of a tenant's counts to others: the registry with the lease, and Analytics Engine where there is one. */
export class Reports {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Clients have done something since the last report, and that was long enough ago. */
  get isDue(): boolean {
    const { store, metrics, now } = this.#parts
    const told = store.facts.get('metrics_told')
    if (!told) return metrics.total('turns') > 0
    const turns = told.counters.turns?.['']
    return now() - told.at >= REPORT_EVERY_MS && metrics.total('turns') !== (turns ?? 0)
  }

  /** All that was counted; undefined of an object that is nobody's. */
  get reading(): Reading | undefined {
    const { store, metrics, sessions } = this.#parts
    return store.tenant === undefined ? undefined : metrics.reading(sessions.size)
  }

  /** The registry has a reading. If it is time Analytics Engine gets what came since its last point. */
  told(reading: Reading | undefined): void {
    const { store, analytics } = this.#parts
    if (!reading || store.tenant === undefined || !this.isDue) return
    const before = store.facts.get('metrics_told')
    const since = before ? difference(reading, before) : reading
    analytics?.writeDataPoint(pointOf(store.tenant, since))
    store.transaction((txn) => txn.putFact('metrics_told', reading))
  }
}
