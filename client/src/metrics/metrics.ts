import type { Down } from '../../../src/protocol/down/down.ts'
import type { Verdict } from '../../../src/protocol/down/receipt.ts'
import { REPORT_EVERY_MS } from '../../../src/protocol/limits.ts'
import type { Up } from '../../../src/protocol/up/up.ts'
import { utf8Length } from '../../../src/protocol/utf8-length.ts'
import type { Guard } from '../api/guard.ts'
import type { ClientMetrics, MetricsSnapshot } from '../api/metrics.ts'
import { Listeners } from '../api/observable.ts'
import type { SessionPart } from '../api/session-part.ts'
import type { Environment } from '../environment/environment.ts'
import { Measures } from './measures.ts'
import { OwnEdits } from './own-edits.ts'
import { ServerClock } from './server-clock.ts'

/** The first version whose server takes reports. */
const REPORTED_FROM = 8

type Parts = Pick<Environment, 'now' | 'onWake' | 'isOnline'> & {
  readonly guard: Guard
  readonly isLive: () => boolean
}

/**
 * Measures a client's connection by what goes up and what comes down, and says of it what the server does not know:
 * how long things took until they were here. A report follows something else that is sent, so it wakes nobody.
 */
export class Metrics implements SessionPart, ClientMetrics {
  readonly #parts: Parts
  readonly #measures = new Measures()
  readonly #clock = new ServerClock()
  readonly #own = new OwnEdits()
  readonly #listeners: Listeners<MetricsSnapshot>
  readonly #stop: () => void
  readonly #subscribed = new Set<number>()
  /** Subscriptions that were live on an earlier connection, and have not been answered on this one. */
  #resuming = new Set<number>()
  #snapshot: MetricsSnapshot | undefined
  #helloAt: number | undefined
  /** When the sending of the last push began, and the edits in it. */
  #pushed: { readonly at: number; readonly upTo: number } | undefined
  #lostAt: number | undefined
  #wasOffline = false
  #wasLive = false
  #countedUpTo: number
  #reportedAt = 0
  /** Something went up since reports were asked for last. */
  #hasSpoken = false

  constructor(parts: Parts) {
    this.#parts = parts
    this.#listeners = new Listeners(parts.guard)
    this.#countedUpTo = parts.now()
    this.#stop = parts.onWake(() => this.#woke())
  }

  subscribe(listener: (snapshot: MetricsSnapshot) => void): () => void {
    return this.#listeners.add(listener)
  }

  getSnapshot(): MetricsSnapshot {
    this.#countTime()
    this.#snapshot ??= this.#measures.snapshot(this.#clock.error)
    return this.#snapshot
  }

  /** A frame has been handled, and whoever listens has been told. */
  saw(frame: Down, text: string): void {
    const now = this.#parts.now()
    this.#snapshot = undefined
    this.#measures.add('bytes', utf8Length(text))
    switch (frame[0]) {
      case 'welcome': {
        const { now: said } = frame[1]
        if (said !== undefined && this.#helloAt !== undefined) this.#clock.answered(this.#helloAt, said, now)
        break
      }
      case 'rows':
        this.#sawRows(frame, now)
        break
      case 'receipt':
        for (const verdict of frame[1]) this.#sawVerdict(verdict, now)
        break
      case 'committed':
        for (const sentAt of this.#own.committed(frame[1])) this.#measures.took('committed', now - sentAt)
        break
      case 'view':
        if (!frame[1].resumed && this.#resuming.has(frame[1].subscription)) this.#measures.add('resyncs', 1)
        this.#resuming.delete(frame[1].subscription)
        break
      case 'reset':
        this.#own.forget()
        break
      default:
        break
    }
  }

  /** A frame goes up. */
  said(frame: Up): void {
    const now = this.#parts.now()
    if (frame[0] === 'metrics') return
    this.#hasSpoken = true
    if (frame[0] === 'hello') this.#helloAt = now
    if (frame[0] === 'subscribe') this.#changeSubscribed(() => this.#subscribed.add(frame[1].id))
    if (frame[0] === 'unsubscribe') this.#changeSubscribed(() => this.#subscribed.delete(frame[1].id))
    if (frame[0] !== 'push') return
    for (const { n } of frame[2]) this.#own.sent(n, now)
    const last = frame[2].at(-1)
    if (last) this.#pushed = { at: now, upTo: last.n }
  }

  heard(): void {}

  outgoing(version: number): readonly Up[] {
    const isDue = this.#hasSpoken && this.#parts.now() - this.#reportedAt >= REPORT_EVERY_MS
    this.#hasSpoken = false
    if (version < REPORTED_FROM || !isDue) return []
    this.#countTime()
    const report = this.#measures.report()
    if (!report) return []
    this.#reportedAt = this.#parts.now()
    this.#listeners.emit(this.getSnapshot())
    return [['metrics', report]]
  }

  disconnected(): void {
    if (this.#wasLive) this.#lostAt = this.#parts.now()
    this.#noteLive()
    this.#resuming = new Set([...this.#resuming, ...this.#subscribed])
    this.#subscribed.clear()
    this.#helloAt = this.#pushed = undefined
    this.#wasOffline = !this.#parts.isOnline()
  }

  /** Something has happened to the client. */
  told(): void {
    this.#noteLive()
  }

  close(): void {
    this.#stop()
  }

  #noteLive(): void {
    const isLive = this.#parts.isLive()
    if (isLive === this.#wasLive) return
    this.#countTime()
    this.#wasLive = isLive
    if (!isLive || this.#lostAt === undefined) return
    this.#measures.took('recovery', this.#parts.now() - this.#lostAt)
    this.#lostAt = undefined
    this.#snapshot = undefined
  }

  /** Without a network nothing can recover, so recovery begins with its return. */
  #woke(): void {
    const isOffline = !this.#parts.isOnline()
    if (this.#wasOffline && !isOffline && this.#lostAt !== undefined) this.#lostAt = this.#parts.now()
    this.#wasOffline = isOffline
  }

  #sawRows([, from, to, parts, mark]: Extract<Down, readonly ['rows', ...unknown[]]>, now: number): void {
    const areOwn = this.#own.areAll(from, to)
    if (mark === undefined) return
    const at = this.#clock.timeOf(mark, now)
    if (areOwn && this.#pushed && at !== undefined) this.#clock.answered(this.#pushed.at, at, now)
    const age = this.#clock.since(mark, now)
    if (age !== undefined && !areOwn && parts.length > 0) this.#measures.took('delivery', age)
  }

  #sawVerdict(verdict: Verdict, now: number): void {
    const sentAt = this.#own.answered(verdict)
    if (sentAt !== undefined) this.#measures.took('accepted', now - sentAt)
    if (verdict.is === 'accepted' && verdict.committed)
      for (const sent of this.#own.committed(verdict.seq)) this.#measures.took('committed', now - sent)
  }

  #changeSubscribed(change: () => void): void {
    this.#countTime()
    change()
  }

  #countTime(): void {
    const now = this.#parts.now()
    if (this.#wasLive)
      this.#measures.add('subscribed', Math.max(0, now - this.#countedUpTo) * this.#subscribed.size)
    this.#countedUpTo = now
  }
}
