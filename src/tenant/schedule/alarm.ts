import { ACTIVE_MS, ACTIVE_POLL_MS, type Agenda, nextAlarm } from '../../core/schedule/next-alarm.ts'
import type { Storage } from '../../platform/platform.ts'
import type { Store } from '../storage/store.ts'

/** Activity is stored at most this often, in ms; an object that wakes assumes as much more. */
const ACTIVE_STORED_MS = 30_000

/** Those who are connected, and what they are waited for. */
type Connected = { readonly size: number; all(): Agenda['sessions'] }

/** The object's place in its life, as far as the alarm follows from it. */
type Standing = { readonly isFenced: boolean; readonly isComplete: boolean; readonly carries: boolean }

/**
 * The object's one alarm: the safety net under the drain and the loading of data, and the clock of
 * expiring tokens. An alarm that turns out to be too early is harmless, so it is only ever moved
 * forward, which spares a write per edit.
 */
export class Alarm {
  readonly #storage: Storage
  readonly #store: Store
  readonly #sessions: Connected
  readonly #lifecycle: Standing
  readonly #now: () => number
  #armedAt: number | null = null
  readonly #polls: boolean
  readonly #renewAt: () => number | undefined
  readonly #presenceAt: () => number | undefined
  /** When the first visit to Postgres is due of which is known since it was last made, in ms since 1970. */
  #visitAt: number | undefined
  /** The alarm was armed by this object for presence alone. */
  #isForPresence = false
  #failures = 0
  #polledAt = 0
  #activeAt: number
  #retryAt: number | undefined

  /**
   * @param options.polls whether this object polls by its own clock
   * @param options.renewAt when the lease at the registry is to be renewed, in ms since 1970
   * @param options.presenceAt when somebody may count as gone, in ms since 1970
   */
  constructor(options: {
    storage: Storage
    store: Store
    sessions: Connected
    lifecycle: Standing
    polls: boolean
    renewAt: () => number | undefined
    presenceAt: () => number | undefined
    now: () => number
  }) {
    this.#storage = options.storage
    this.#store = options.store
    this.#sessions = options.sessions
    this.#lifecycle = options.lifecycle
    this.#polls = options.polls
    this.#renewAt = options.renewAt
    this.#presenceAt = options.presenceAt
    this.#now = options.now
    this.#activeAt = options.store.activeAt + ACTIVE_STORED_MS
    options.store.restores(this)
  }

  /** After a wake: learns what is armed, and arms what should be. */
  async wake(): Promise<void> {
    this.#armedAt = await this.#storage.getAlarm()
    this.arm()
  }

  /** Makes sure the object is woken in time. In a transaction, the alarm is part of it. */
  arm(): void {
    const now = this.#now()
    const visitAt = nextAlarm({
      now,
      pending: this.#pending,
      dueAt: this.#store.proposals.dueAt,
      retryAt: this.#retryAt,
      renewAt: this.#renewAt(),
      sessions: this.#sessions.all(),
      polls: this.pollsByClock ? { polledAt: this.#polledAt, activeAt: this.#activeAt } : undefined,
    })
    this.#visitAt = visitAt && Math.min(visitAt, this.#visitAt ?? visitAt)
    const presenceAt = this.#presenceAt()
    const isForPresence = presenceAt !== undefined && presenceAt < (this.#visitAt ?? Number.POSITIVE_INFINITY)
    const at = isForPresence ? presenceAt : this.#visitAt
    if (at === undefined) {
      if (this.#armedAt === null) return
      this.#armedAt = null
      void this.#storage.deleteAlarm()
      return
    }
    // One that should have gone off by now is not counted on.
    if (this.#armedAt !== null && this.#armedAt > now && this.#armedAt <= at) return
    this.#armedAt = at
    this.#isForPresence = isForPresence
    void this.#storage.setAlarm(at)
  }

  get #pending(): boolean {
    const { outbox, waiting, isCommittedStored, revoked, tenant } = this.#store
    const { isFenced, isComplete, carries } = this.#lifecycle
    if (tenant !== undefined && revoked.hasUntold) return true
    if (isFenced) return false
    if (outbox > 0 || waiting > 0 || carries || !isCommittedStored) return true
    // Loading is for those who wait for it: with nobody connected the database may sleep.
    return this.#sessions.size > 0 && (!isComplete || this.#retryAt !== undefined)
  }

  /** Somebody is connected, and external changes are polled by the clock. */
  get pollsByClock(): boolean {
    return this.#polls && this.#sessions.size > 0
  }

  /** Was the last poll for external changes longer ago than polls are apart? */
  get isPollDue(): boolean {
    return this.#now() - this.#polledAt >= ACTIVE_POLL_MS
  }

  /** A client has sent something. Stored now and then only, because every write is paid for. */
  active(): void {
    const now = this.#now()
    const wasIdle = now - this.#activeAt >= ACTIVE_MS
    this.#activeAt = now
    if (now - this.#store.activeAt >= ACTIVE_STORED_MS)
      this.#store.transaction((txn) => txn.putFact('active', now))
    if (wasIdle) this.arm()
  }

  /**
   * It went off. Returns whether a visit to Postgres is due, and not only a look at who is still there. One that an
   * object before this has armed may be for anything.
   */
  wentOff(): boolean {
    const isVisitDue = !this.#isForPresence || (this.#visitAt !== undefined && this.#visitAt <= this.#now())
    this.lost()
    if (isVisitDue) this.#visitAt = undefined
    return isVisitDue
  }

  /** External changes were polled just now. */
  polled(): void {
    this.#visitAt = undefined
    this.#polledAt = this.#now()
  }

  /** A transaction that may have moved it came to nothing. */
  forget(): void {
    this.lost()
  }

  /** The alarm went off, or may be what it was before: none can be counted on. */
  lost(): void {
    this.#armedAt = null
    this.#isForPresence = false
  }

  /**
   * A call to Postgres begins, so what it was due for is not due any more. Kept, that time would be
   * armed again by whoever asks meanwhile: in the past, and the same as the alarm that may be running.
   */
  trying(): void {
    this.#retryAt = this.#visitAt = undefined
    this.#polledAt = this.#now()
  }

  /** A call to Postgres failed: the next one waits, longer each time. */
  retryLater(delayOf: (failures: number) => number): number {
    this.#failures += 1
    this.#retryAt = this.#now() + delayOf(this.#failures)
    this.arm()
    return this.#retryAt
  }

  /** Postgres answered. Returns whether it had not, the last time. */
  recovered(): boolean {
    const hadFailed = this.#failures > 0
    this.#failures = 0
    this.#retryAt = undefined
    return hadFailed
  }
}
