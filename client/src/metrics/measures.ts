import { Histogram } from '../../../src/core/metrics/histogram.ts'
import {
  MAX_REPORTED,
  MAX_REPORTED_BYTES,
  MAX_REPORTED_RESYNCS,
  MAX_REPORTED_TIME_MS,
} from '../../../src/protocol/limits.ts'
import type { Report } from '../../../src/protocol/up/metrics.ts'
import type { MetricsSnapshot, Times } from '../api/metrics.ts'

const TIMES = ['delivery', 'accepted', 'committed', 'recovery'] as const
const TOTALS = ['resyncs', 'bytes', 'subscribed'] as const

/** What a report may say of a total; the rest goes with the next. */
const MOST = {
  resyncs: MAX_REPORTED_RESYNCS,
  bytes: MAX_REPORTED_BYTES,
  subscribed: MAX_REPORTED_TIME_MS,
} as const

const MS_PER_HOUR = 3_600_000

type TimesOf = { readonly [Of in (typeof TIMES)[number]]: Histogram }

const noTimes = (): TimesOf => ({
  delivery: new Histogram(),
  accepted: new Histogram(),
  committed: new Histogram(),
  recovery: new Histogram(),
})

/** The measurements of a client: all of them, and those that no report had yet. */
export class Measures {
  readonly #all = noTimes()
  readonly #totals = { resyncs: 0, bytes: 0, subscribed: 0 }
  readonly #reported = { resyncs: 0, bytes: 0, subscribed: 0 }
  #rest = noTimes()

  /** A time in ms. A report has the first thousand of each kind; what comes beyond is measured here alone. */
  took(of: keyof TimesOf, ms: number): void {
    const time = Math.min(ms, MAX_REPORTED_TIME_MS - 1)
    this.#all[of].observe(time)
    if (this.#rest[of].count < MAX_REPORTED) this.#rest[of].observe(time)
  }

  add(of: (typeof TOTALS)[number], more: number): void {
    this.#totals[of] += more
  }

  /** What is to be reported now, and is reported then; undefined for nothing. */
  report(): Report | undefined {
    const report: Report = {}
    for (const of of TIMES) if (this.#rest[of].count > 0) report[of] = [...this.#rest[of].pack()]
    for (const of of TOTALS) {
      const more = Math.min(MOST[of], Math.floor(this.#totals[of] - this.#reported[of]))
      if (more > 0) report[of] = more
      this.#reported[of] += more
    }
    this.#rest = noTimes()
    return Object.keys(report).length > 0 ? report : undefined
  }

  snapshot(clockErrorMs: number | undefined): MetricsSnapshot {
    const { delivery, accepted, committed, recovery } = this.#all
    const { resyncs, bytes, subscribed } = this.#totals
    return {
      delivery: timesOf(delivery),
      accepted: timesOf(accepted),
      committed: timesOf(committed),
      recovery: timesOf(recovery),
      resyncs,
      bytes,
      subscriptionHours: subscribed / MS_PER_HOUR,
      clockErrorMs,
    }
  }
}

function timesOf(histogram: Histogram): Times {
  const { count, sum } = histogram
  return {
    count,
    sum,
    p50: histogram.quantile(0.5),
    p99: histogram.quantile(0.99),
    max: histogram.quantile(1),
  }
}
