import type { Log } from '../platform/log-line.ts'
import { within } from '../registry/within.ts'
import type { Sessions } from './sessions/sessions.ts'

/** The watch over all tenants, as far as one tenant's object speaks to it. */
export type WatchPort = {
  put(tenant: string): PromiseLike<void>
  drop(tenant: string): PromiseLike<void>
}

/** The means to keep the lease. */
type Lease = {
  /** When the watch last heard of the tenant, as it is stored; 0 while it is not listed. */
  readonly toldAt: { get(): number; put(at: number): void }
  readonly sessions: Pick<Sessions, 'size'>
  readonly watch: () => WatchPort
  readonly tenant: () => string
  readonly log: Log
  readonly now: () => number
}

/** While somebody is connected the watch is told again this often, in ms: half its patience. */
export const TELL_AGAIN_MS = 3_600_000

/** After a failed call the next one waits so long, in ms. */
const RETRY_MS = 60_000

const DEADLINE_MS = 5_000

/**
 * The tenant's place on the list of tenants with clients. The watch is told when the first client
 * comes and when the last one goes. Nothing waits for it: a tenant that is missing on the list is told
 * again, and one that is there without reason drops out in time.
 */
export class Listing {
  readonly #lease: Lease
  /** When the watch last heard that somebody is here, in ms since 1970; 0 while the tenant is not listed. */
  #toldAt: number
  #retryAt = 0
  #telling = false

  constructor(lease: Lease) {
    this.#lease = lease
    this.#toldAt = lease.toldAt.get()
  }

  /** When the watch is to be told next, in ms since 1970; undefined when it knows what there is to know. */
  get dueAt(): number | undefined {
    if (this.#telling || this.#lease.sessions.size === 0) return undefined
    return Math.max(this.#retryAt, this.#toldAt === 0 ? 0 : this.#toldAt + TELL_AGAIN_MS)
  }

  /** Tells the watch what it does not know yet. Never throws. */
  async tell(): Promise<void> {
    if (this.#telling) return
    this.#telling = true
    try {
      while (await this.#step()) {
        // Somebody may have come or gone while the watch was told of the opposite.
      }
    } catch (thrown) {
      this.#retryAt = this.#lease.now() + RETRY_MS
      this.#lease.log('watch-not-told', { error: String(thrown) })
    } finally {
      this.#telling = false
    }
  }

  /** Tells one thing, if there is one. */
  async #step(): Promise<boolean> {
    const { watch, tenant, sessions, now } = this.#lease
    if (sessions.size === 0) {
      if (this.#toldAt === 0) return false
      // First, so that whoever comes next is told of whatever becomes of this call.
      this.#keep(0)
      await within(DEADLINE_MS, watch().drop(tenant()))
      return true
    }
    const at = now()
    if (at < this.#retryAt || (this.#toldAt !== 0 && at < this.#toldAt + TELL_AGAIN_MS)) return false
    await within(DEADLINE_MS, watch().put(tenant()))
    this.#retryAt = 0
    this.#keep(at)
    return true
  }

  #keep(toldAt: number): void {
    this.#lease.toldAt.put(toldAt)
    this.#toldAt = toldAt
  }
}
