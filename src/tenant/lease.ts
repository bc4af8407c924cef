import type { Breach } from '../core/alerts/figures.ts'
import type { Reading } from '../core/metrics/reading.ts'
import type { Log } from '../platform/log-line.ts'
import { within } from '../registry/within.ts'
import type { Reports } from './metrics/reports.ts'
import type { Sessions } from './sessions/sessions.ts'

/** The registry of tenants, as far as one tenant's object speaks to it. */
export type RegistryPort = {
  /** Somebody is connected; and what the tenant's figures come to, in place of what was reported last. */
  put(tenant: string, breaches: readonly Breach[], reading: Reading | undefined): PromiseLike<void>
  drop(tenant: string, reading: Reading | undefined): PromiseLike<void>
  report(tenant: string, breaches: readonly Breach[]): PromiseLike<void>
}

/** The means to keep the lease. */
type LeaseParts = {
  /** When the registry last heard of the tenant, as it is stored; 0 while it is not listed. */
  readonly toldAt: { get(): number; put(at: number): void }
  readonly sessions: Pick<Sessions, 'size'>
  /** What was counted goes along, and is a reason to call while the object is awake anyway. */
  readonly reports: Pick<Reports, 'isDue' | 'reading' | 'told'>
  readonly registry: () => Pick<RegistryPort, 'put' | 'drop'>
  readonly breaches: () => readonly Breach[]
  readonly tenant: () => string
  readonly log: Log
  readonly now: () => number
}

/** While somebody is connected the lease is renewed this often, in ms: half of what it lasts. */
export const RENEW_EVERY_MS = 3_600_000

/** After a failed call the next one waits so long, in ms. */
const RETRY_MS = 60_000

const DEADLINE_MS = 5_000

/**
 * The tenant's lease on its place among the tenants with clients. The registry is told when the first client
 * comes and when the last one goes. Nothing waits for it: a tenant that is missing on the list is told
 * again, and one that is there without reason drops out in time.
 */
export class Lease {
  readonly #parts: LeaseParts
  /** When the registry last heard that somebody is here, in ms since 1970; 0 while the tenant is not listed. */
  #renewedAt: number
  #retryAt = 0
  #renewing = false

  constructor(parts: LeaseParts) {
    this.#parts = parts
    this.#renewedAt = parts.toldAt.get()
  }

  /** When the lease is to be renewed, in ms since 1970; undefined when it knows what there is to know. */
  get dueAt(): number | undefined {
    if (this.#renewing || this.#parts.sessions.size === 0) return undefined
    return Math.max(this.#retryAt, this.#renewedAt === 0 ? 0 : this.#renewedAt + RENEW_EVERY_MS)
  }

  /** Tells the registry what it does not know yet. Never throws. */
  async renew(): Promise<void> {
    if (this.#renewing) return
    this.#renewing = true
    try {
      while (await this.#step()) {
        // Somebody may have come or gone while the registry was told of the opposite.
      }
    } catch (thrown) {
      this.#retryAt = this.#parts.now() + RETRY_MS
      this.#parts.log('lease-not-renewed', { error: String(thrown) })
    } finally {
      this.#renewing = false
    }
  }

  /** Tells one thing, if there is one. */
  async #step(): Promise<boolean> {
    const { registry, tenant, sessions, breaches, reports, now } = this.#parts
    if (sessions.size === 0) {
      if (this.#renewedAt === 0) return false
      // First, so that whoever comes next is told of whatever becomes of this call.
      this.#keep(0)
      const { reading } = reports
      await within(DEADLINE_MS, registry().drop(tenant(), reading))
      reports.told(reading)
      return true
    }
    const at = now()
    const isKnown = this.#renewedAt !== 0 && at < this.#renewedAt + RENEW_EVERY_MS
    if (at < this.#retryAt || (isKnown && !reports.isDue)) return false
    const { reading } = reports
    await within(DEADLINE_MS, registry().put(tenant(), breaches(), reading))
    this.#retryAt = 0
    this.#keep(at)
    reports.told(reading)
    return true
  }

  #keep(renewedAt: number): void {
    this.#parts.toldAt.put(renewedAt)
    this.#renewedAt = renewedAt
  }
}
