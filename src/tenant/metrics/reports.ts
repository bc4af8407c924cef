import type { Reading } from '../../core/metrics/reading.ts'
import { difference } from '../../core/metrics/readings.ts'
import type { AnalyticsDataset } from '../../platform/platform.ts'
import type { ActivityPoint } from '../../protocol/internal/activity.ts'
import type { Store } from '../storage/store.ts'
import { pointOf } from './analytics-point.ts'
import type { Metrics } from './metrics.ts'

/** A tenant with something new to tell of tells it this often at most, in ms, when its object is awake anyway. */
export const REPORT_EVERY_MS = 60_000

/** Points are kept for so long, in ms. */
const POINTS_KEPT_MS = 3_600_000

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

  /** What came in the last hour between one report and the next, and since the last of them. */
  get recent(): readonly ActivityPoint[] {
    const { reading } = this
    return reading ? [...this.#kept(reading.at), this.#point(reading)] : []
  }

  /** The registry has a reading. If it is time Analytics Engine gets what came since its last point. */
  told(reading: Reading | undefined): void {
    const { store, analytics } = this.#parts
    if (!reading || store.tenant === undefined || !this.isDue) return
    analytics?.writeDataPoint(pointOf(store.tenant, this.#since(reading)))
    const points = [...this.#kept(reading.at), this.#point(reading)]
    store.transaction((txn) => {
      txn.putFact('metrics_told', reading)
      txn.putFact('points', points)
    })
  }

  #since(reading: Reading): Reading {
    const before = this.#parts.store.facts.get('metrics_told')
    return before ? difference(reading, before) : reading
  }

  #point(reading: Reading): ActivityPoint {
    const { doubles } = pointOf(this.#parts.store.tenant ?? '', this.#since(reading))
    return { at: reading.at, values: doubles }
  }

  #kept(now: number): readonly ActivityPoint[] {
    return this.#parts.store.facts.get('points').filter(({ at }) => at > now - POINTS_KEPT_MS)
  }
}
