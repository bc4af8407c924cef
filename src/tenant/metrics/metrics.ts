import type { LogEntry } from '../../core/log/log.ts'
import { countReport } from '../../core/metrics/count-report.ts'
import { countEntries, countLag, countVerdicts } from '../../core/metrics/count-turn.ts'
import type { Histogram } from '../../core/metrics/histogram.ts'
import type { CounterName, HistogramName } from '../../core/metrics/metric-table.ts'
import type { Reading } from '../../core/metrics/reading.ts'
import { Tally } from '../../core/metrics/tally.ts'
import type { Batch } from '../../core/outbox/batch.ts'
import type { Attempt, PostgresPort } from '../../core/outbox/postgres-port.ts'
import type { Log } from '../../platform/log-line.ts'
import type { Verdict } from '../../protocol/down/receipt.ts'
import { REPORT_TAKEN_EVERY_MS } from '../../protocol/limits.ts'
import type { Report } from '../../protocol/up/metrics.ts'
import { utf8Length } from '../../protocol/utf8-length.ts'
import type { Store } from '../storage/store.ts'
import type { Txn } from '../storage/txn.ts'

/** Counts are stored at most this often, in ms: so much of them is gone after a crash. */
export const KEEP_EVERY_MS = 5_000

/** Counts are stored so long after they were made, in ms, where no turn comes that takes them along. */
export const KEEP_AFTER_MS = 1_000

type Parts = {
  readonly store: Store
  readonly log: Log
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Resolves after so many ms, during which the object stays awake. */
  readonly pause: (ms: number) => Promise<void>
}

/**
 * All that is counted of one tenant: each kind of thing by one method, which whoever does it calls once it is done.
 *
 * What was counted outlives the object's sleep. It is stored with a turn that is stored anyway, at most every 5 s;
 * where no turn comes, a second after it was counted, for which the object stays awake. So at rest there is neither
 * a timer nor anything that is not stored. After a crash at most that is missing which was counted since it was
 * stored last. Nothing is stored of an object that is nobody's.
 */
export class Metrics {
  readonly #parts: Parts
  #tally = new Tally()
  #since: number
  /** When it was stored last, in ms since 1970; 0 for not yet in this life. */
  #keptAt = 0
  #isKept = true
  #isWaiting = false
  /** The time up to which being awake is counted, and when something last happened. */
  #awakeUpTo: number
  #lastAt: number
  /** When each session reported last, in ms since 1970. */
  readonly #reportedAt = new WeakMap<object, number>()
  /** A text that is sent to many, one after the other, and how many of them are not in the tally yet. */
  #sending = { text: '', kind: '', bytes: 0, times: 0 }

  constructor(parts: Parts) {
    this.#parts = parts
    const now = parts.now()
    const stored = parts.store.facts.get('metrics')
    this.#since = stored?.since ?? now
    if (stored) this.#tally.add(stored)
    this.#awakeUpTo = this.#lastAt = now
    parts.store.restores(this)
    this.#counted((tally) => tally.count('wake_ups'))
  }

  /** A transaction came to nothing, and with it perhaps what was stored of this. */
  forget(): void {
    this.#isKept = false
  }

  /** The object is emptied: counting begins anew. */
  beginAnew(): void {
    this.#tally = new Tally()
    this.#sending.times = 0
    this.#since = this.#awakeUpTo = this.#lastAt = this.#parts.now()
    this.#isKept = true
  }

  sessionOpened(): void {
    this.#counted((tally) => tally.count('sessions_opened'))
  }

  /** @param code of the close; undefined where the peer has just gone */
  sessionClosed(code: number | undefined): void {
    this.#counted((tally) => tally.count('sessions_closed', 1, code === undefined ? 'none' : String(code)))
  }

  /** A text came from a client: a frame of a kind, or one that was refused with a code. */
  received(text: string, what: { readonly kind: string } | { readonly refused: string }): void {
    this.#counted((tally) => {
      tally.count('received_bytes', utf8Length(text))
      if ('kind' in what) tally.count('frames_received', 1, what.kind)
      else tally.count('frames_refused', 1, what.refused)
    })
  }

  /** A client says what it has measured. Comes too often what comes sooner than any honest one does. */
  reported(session: object, report: Report): void {
    const now = this.#parts.now()
    const isTooOften = now - (this.#reportedAt.get(session) ?? 0) < REPORT_TAKEN_EVERY_MS
    if (!isTooOften) this.#reportedAt.set(session, now)
    this.#counted((tally) => {
      const isTaken = !isTooOften && countReport(tally, report)
      tally.count('client_reports', 1, isTaken ? 'whole' : isTooOften ? 'too-often' : 'unbelievable')
    })
  }

  /** A frame was sent to one session. */
  sent(text: string): void {
    if (text !== this.#sending.text) {
      this.#countSent()
      this.#sending = { text, kind: text.slice(2, text.indexOf('"', 2)), bytes: utf8Length(text), times: 0 }
    }
    // Each reader of an edit comes by here, so it is looked up once for all of them.
    this.#sending.times += 1
    this.#isKept = false
  }

  /** A turn is stored that took frames of clients. */
  turn(entries: readonly LogEntry[], verdicts: readonly Verdict[]): void {
    this.#counted((tally) => {
      tally.count('turns')
      countEntries(tally, entries)
      countVerdicts(tally, verdicts)
    })
  }

  /** An answer of Postgres is stored, with what it brought, and the verdicts on proposals. */
  answered(entries: readonly LogEntry[], verdicts: readonly Verdict[]): void {
    this.#counted((tally) => {
      countEntries(tally, entries)
      countVerdicts(tally, verdicts)
    })
  }

  /** Postgres has a batch up to a seq. */
  applied({ entries, after }: Pick<Batch, 'entries' | 'after'>, upTo: number): void {
    this.#counted((tally) => {
      tally.observe('batch_edits', entries.filter(({ seq }) => seq <= upTo).length)
      countLag(tally, entries, { after, upTo, now: this.#parts.now() })
    })
  }

  /** A record was set aside. */
  setAside(): void {
    this.#counted((tally) => tally.count('records_set_aside'))
  }

  /** Postgres answered a call, or did not. */
  called(call: keyof PostgresPort, attempt: Attempt<unknown>, tookMs: number): void {
    this.#counted((tally) => {
      tally.count('postgres_calls', 1, call, attempt.ok ? 'answered' : attempt.failure)
      tally.observe('postgres_call_time', tookMs, 1, call)
    })
  }

  /** What a counter has come to, for whoever looks at one alone. */
  total(name: CounterName, ...labels: readonly string[]): number {
    this.#countSent()
    return this.#tally.total(name, ...labels)
  }

  /** What a distribution has come to, over all of its series. */
  distribution(name: HistogramName): Histogram {
    return this.#tally.distribution(name)
  }

  /**
   * All that was counted until now, and how things stand.
   *
   * @param sessions how many are connected
   */
  reading(sessions: number): Reading {
    this.#countSent()
    this.#countAwake()
    const { store, now } = this.#parts
    const gauges = {
      sessions,
      outbox: store.outbox,
      proposals: store.waiting,
      open_conflicts: store.openCount,
      aside: store.asides.size,
    }
    return { since: this.#since, at: now(), ...this.#tally.counted, gauges }
  }

  /** Stores what was counted with what is stored anyway, if it is time. */
  goesAlong(txn: Txn): void {
    if (!this.#isKept && this.#parts.now() - this.#keptAt >= KEEP_EVERY_MS) this.#write(txn)
  }

  /** Stores what is not stored yet. Never throws. */
  keep(): void {
    const { store, log } = this.#parts
    if (this.#isKept || store.tenant === undefined) return
    try {
      store.transaction((txn) => this.#write(txn))
    } catch (thrown) {
      // It may be because nothing can be stored: what comes next tries again.
      log('metrics-not-kept', { error: String(thrown) })
    }
  }

  #write(txn: Txn): void {
    this.#countSent()
    this.#countAwake()
    txn.putFact('metrics', { since: this.#since, ...this.#tally.counted })
    this.#keptAt = this.#parts.now()
    this.#isKept = true
  }

  #counted(count: (tally: Tally) => void): void {
    count(this.#tally)
    this.#lastAt = this.#parts.now()
    this.#isKept = false
    this.#keepSoon()
  }

  #countSent(): void {
    const { kind, bytes, times } = this.#sending
    this.#sending.times = 0
    this.#tally.count('frames_sent', times, kind)
    this.#tally.count('sent_bytes', bytes * times)
  }

  #countAwake(): void {
    this.#tally.count('awake_time', this.#lastAt - this.#awakeUpTo)
    this.#awakeUpTo = this.#lastAt
  }

  #keepSoon(): void {
    const { now, pause, store } = this.#parts
    if (this.#isWaiting || store.tenant === undefined) return
    this.#isWaiting = true
    const wait = Math.max(KEEP_AFTER_MS, this.#keptAt + KEEP_EVERY_MS - now())
    void pause(wait).then(() => {
      this.#isWaiting = false
      this.keep()
    })
  }
}
