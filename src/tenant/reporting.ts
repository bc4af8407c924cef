import { type Breach, breachesOf, isNewsOf } from '../core/alerts/figures.ts'
import type { AlertRules } from '../core/alerts/rules.ts'
import type { Log } from '../platform/log-line.ts'
import { within } from '../registry/within.ts'
import type { RegistryPort } from './lease.ts'
import type { RecentShares } from './recent-shares.ts'
import type { Health } from './sessions/health.ts'
import type { Reported } from './storage/meta.ts'
import type { Store } from './storage/store.ts'

/** The means to report. */
type ReportingParts = {
  readonly store: Store
  readonly health: Pick<Health, 'told'>
  readonly recent: Pick<RecentShares, 'shares'>
  readonly alerts: AlertRules
  readonly registry: () => Pick<RegistryPort, 'report'>
  /** `dueAt` has changed. */
  readonly rescheduled: () => void
  readonly log: Log
  readonly now: () => number
}

/** After a failed call the next one waits so long, in ms. */
export const REPORT_RETRY_MS = 5_000

const DEADLINE_MS = 5_000

/**
 * The tenant's word to the registry, for alerts: which of its figures have reached their thresholds, when that
 * changes. It looks when something happens anyway, and has no timer: an object that sleeps has nothing to say.
 * What is told is stored before and after: what has begun has to end, also for an object that slept or crashed in
 * between, and a call that came to nothing may have been heard.
 */
export class Reporting {
  readonly #parts: ReportingParts
  #reported: Reported
  /** Whose figures they were: an object that was emptied still has to say that all is over. */
  #tenant: string | undefined
  #isNews: boolean
  #retryAt = 0
  #isTelling = false
  #oldest: { readonly after: number; readonly at: number | undefined } | undefined

  constructor(parts: ReportingParts) {
    this.#parts = parts
    this.#reported = parts.store.facts.get('reported')
    this.#isNews = !this.#reported.isHeard
    this.#tenant = parts.store.tenant
  }

  /** The figures that have reached their thresholds. */
  get breaches(): readonly Breach[] {
    const { alerts, store, health, recent, now } = this.#parts
    const { asides, openCount: conflicts } = store
    const figures = {
      delayed: health.told,
      waitingSince: this.#waitingSince,
      aside: asides.size,
      conflicts,
      shares: recent.shares,
    }
    return breachesOf(alerts, figures, this.#reported.breaches, now())
  }

  /** When the registry is to be told what it could not be told, in ms since 1970; undefined when it knows. */
  get dueAt(): number | undefined {
    return this.#isNews && !this.#isTelling && this.#tenant !== undefined ? this.#retryAt : undefined
  }

  /** Something may have changed. Never throws. */
  look(): void {
    try {
      this.#tenant = this.#parts.store.tenant ?? this.#tenant
      const breaches = this.breaches
      const { breaches: reported, isHeard } = this.#reported
      this.#isNews = !isHeard || isNewsOf(breaches, reported, this.#parts.now())
      if (this.#isNews && !this.#isTelling && this.#parts.now() >= this.#retryAt) void this.#tell(breaches)
    } catch (thrown) {
      this.#parts.log('report-not-made', { error: String(thrown) })
    }
  }

  async #tell(breaches: readonly Breach[]): Promise<void> {
    const { registry, rescheduled, log, now } = this.#parts
    const tenant = this.#tenant
    if (tenant === undefined) return
    this.#isTelling = true
    try {
      this.#keep({ breaches, isHeard: false })
      await within(DEADLINE_MS, registry().report(tenant, breaches))
      this.#keep({ breaches, isHeard: true })
      this.#retryAt = 0
    } catch (thrown) {
      this.#retryAt = now() + REPORT_RETRY_MS
      log('report-not-made', { error: String(thrown) })
    } finally {
      this.#isTelling = false
    }
    // It may have changed while the registry was told.
    this.look()
    rescheduled()
  }

  /** An object that was emptied meanwhile stores nothing. */
  #keep(reported: Reported): void {
    const { store } = this.#parts
    if (store.tenant !== undefined) store.transaction((txn) => txn.putFact('reported', reported))
    this.#reported = reported
  }

  /** Read once for each answer of Postgres, and only while edits wait. */
  get #waitingSince(): number | undefined {
    const { store } = this.#parts
    if (store.outbox === 0) return undefined
    const { committed: after } = store
    if (this.#oldest?.after !== after) this.#oldest = { after, at: store.waitingSince }
    return this.#oldest.at
  }
}
