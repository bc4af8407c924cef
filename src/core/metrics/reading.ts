import type { PackedHistogram } from './histogram.ts'
import type { CounterName, GaugeName, HistogramName } from './metric-table.ts'

/** The values of a series' labels, joined by spaces; empty where it has none. */
export type Labels = string

/** The counts of a tenant, as they are stored and sent. JSON. */
export type Counted = {
  readonly counters: { readonly [Name in CounterName]?: Readonly<Record<Labels, number>> }
  readonly histograms: { readonly [Name in HistogramName]?: Readonly<Record<Labels, PackedHistogram>> }
}

/**
 * A reading of one tenant, or of several: all that was counted since a time. What is not in it is 0. Counters and histograms only
 * grow while `since` stays: two readings with the same `since` differ by what happened between them
 * (`difference`). Times are in ms since 1970, by the server's clock.
 */
export type Reading = Counted & {
  /** When counting began: with the tenant's object, or after it was emptied. */
  readonly since: number
  /** When it was read. */
  readonly at: number
  /** How things stood when it was read. */
  readonly gauges: { readonly [Name in GaugeName]?: number }
}
