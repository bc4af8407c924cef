import type { Question } from '../../core/edits/proposal.ts'
import type { LogEntry } from '../../core/log/log.ts'
import type { Applied, Batch, LedgerConflict } from '../../core/outbox/batch.ts'
import { MAX_BATCH_EDITS, nextLimit, planBatch } from '../../core/outbox/outbox.ts'
import type { Attempt, KeyRange, PostgresPort } from '../../core/outbox/postgres-port.ts'
import { retryDelay } from '../../core/schedule/next-alarm.ts'
import type { Health } from '../sessions/health.ts'
import { storeCommitted } from '../storage/store-committed.ts'
import type { Publishing } from '../views/publish.ts'
import type { Comparison } from './comparison.ts'
import { type EndingEpochs, endEpoch } from './end-epoch.ts'
import { nextQuestion } from './proposals.ts'
import { Reach } from './reach.ts'
import { type Answer, takeAnswer } from './take-answer.ts'
import { dueRange, leaveDue, takeDue } from './take-range.ts'

/**
 * Calls to Postgres begin at least so many ms apart while nobody waits for one. To a database that is not in
 * the same place a call takes as long anyway; to one that is near, edits made one after the other would each
 * cost a transaction.
 */
export const CALLS_APART_MS = 50

/** The means to carry the log to Postgres. */
type Draining = Publishing &
  EndingEpochs & {
    readonly postgres: Pick<PostgresPort, 'apply' | 'propose' | 'poll' | 'range'>
    readonly comparison: Comparison
    readonly health: Health
    /** Resolves after so many ms. */
    readonly pause: (ms: number) => Promise<void>
    readonly lifecycle: {
      readonly legal: { readonly drains: boolean }
      happened(event: { readonly is: 'confirmed' }): void
    }
  }

/**
 * The end of a run. `begun-anew`: its log was left for another, into which what Postgres has not got is to be taken.
 */
export type Drained = 'done' | 'begun-anew'

/**
 * The way of the log to Postgres, and of what others changed there back: one call at a time.
 *
 *   start() --> [ edits or changes? ] --yes--> wait until 50 ms after the last call (unless somebody waits)
 *                  ^   |no                        |
 *                  |   v                          v        edits, and a proposal behind them: apply, propose
 *                  | [ records to read again? ]   step --> none, but a look is wanted:        look
 *                  |   |no                        |
 *                  |   v                          |  no answer  -> wait, longer each time; the same is asked again
 *                  | [ a range to compare? ]      |  structural -> parked, until a nudge or a minute has gone by
 *                  |   |no                        |  fenced, diverged, expired -> the log ends here
 *                  |   v                          v
 *                  |  rest           takeAnswer: reverts, external changes, committed seq and cursor, in one
 *                  +---------------- transaction; only then is anybody told
 *
 * - The outbox is the log above the committed seq, so there is nothing to lose and nothing to clean up.
 * - No answer is no verdict: a batch is sent again until it is answered, and Postgres applies it once.
 * - While a call is under way the next batch gathers; there is never more than one run.
 * - Every turn of the loop moves the mark, the cursor or the comparison; one that moved nothing is an error.
 * - It runs where the lifecycle lets it drain, and looks at that before each call.
 */
export class Drain {
  readonly #parts: Draining
  #run: Promise<Drained> | undefined
  /** Somebody wants to know what changed in Postgres. */
  #isWanted = false
  /** The run under way has left its log for another. */
  #hasEnded = false
  readonly #reach: Reach
  readonly #comparison: Comparison
  /** When the last call for edits or changes began, in ms since 1970. */
  #calledAt = 0
  /** Edits that the next batch may have. */
  #limit: number
  /** A batch that was behind ended here. The next ends here too: more edits could be behind in their turn. */
  #behindUpTo: number | undefined

  constructor(parts: Draining) {
    this.#parts = parts
    this.#reach = new Reach(parts)
    this.#comparison = parts.comparison
    this.#limit = parts.store.facts.get('batch_limit')
  }

  /**
   * Sends what waits, or waits for what is under way. Never throws.
   *
   * @returns how the run ended, for whoever began it
   */
  async start(): Promise<Drained> {
    if (this.#run) {
      await this.#run
      return 'done'
    }
    // While data is loaded, changes are taken by the loading; whoever loads starts the drain when it is done.
    if (!this.#parts.lifecycle.legal.drains || this.#reach.isParked) return 'done'
    this.#run = this.#go().finally(() => {
      this.#run = undefined
    })
    return this.#run
  }

  /** Why Postgres cannot take the log until somebody mends something; undefined while it can. */
  get parkedBy(): string | undefined {
    return this.#reach.parkedBy
  }

  /** The last batch would have overwritten an external change, so nothing of it was applied. */
  get isBehind(): boolean {
    return (this.#behindUpTo ?? 0) > this.#parts.store.committed
  }

  /** Somebody says that something has changed in Postgres: it may be mended. */
  unpark(): void {
    this.#reach.unpark()
  }

  /** Resolves when no call is under way. */
  async idle(): Promise<void> {
    await this.#run
  }

  async #go(): Promise<Drained> {
    this.#hasEnded = false
    this.#parts.alarm.trying()
    try {
      while (await this.#next()) {
        // Each step has moved the committed seq, the cursor or the comparison.
      }
    } catch (thrown) {
      this.#parts.log('drain-failed', { error: String(thrown) })
      this.#parts.health.failed('parked')
      this.#parts.alarm.retryLater(retryDelay)
    } finally {
      // What was read again may be set aside no more.
      this.#parts.health.look()
      this.#parts.alarm.arm()
    }
    return this.#hasEnded ? 'begun-anew' : 'done'
  }

  /** Somebody wants to know what changed in Postgres: the next call asks, or one right after the call under way. */
  want(): void {
    this.#isWanted = true
  }

  /** Not everything is taken yet that was there when somebody wanted to know. */
  get isWanted(): boolean {
    return this.#isWanted
  }

  /** Edits and external changes go first, then a range is compared, so neither waits for more than a call. */
  async #next(): Promise<boolean> {
    const { store, lifecycle } = this.#parts
    const waiting = store.outbox > 0 || store.waiting > 0 || this.#isWanted
    if (waiting) {
      await this.#awaitMore()
      if (!lifecycle.legal.drains) return false
      this.#rememberAnswer()
      if (!(await this.#step())) return false
    }
    if (!lifecycle.legal.drains) return false
    const due = dueRange(this.#parts)
    if (due) return this.#readAgain(due)
    return this.#comparison.pending ? this.#compareRange() : waiting
  }

  /**
   * A call soon after another waits a little, so that edits that follow each other share one. The first edit
   * after a while goes at once, and so does whatever somebody waits for.
   */
  async #awaitMore(): Promise<void> {
    const { store, now, pause } = this.#parts
    const isAwaited = store.waiting > 0 || this.#isWanted || this.#comparison.pending
    const wait = this.#calledAt + CALLS_APART_MS - now()
    if (wait > 0 && !isAwaited && store.outbox < this.#limit) await pause(wait)
    this.#calledAt = now()
    this.#parts.health.calling()
  }

  /** Before the next call: an object that forgets is never more than one behind what Postgres has. */
  #rememberAnswer(): void {
    storeCommitted(this.#parts.store)
  }

  /** Reads records that are set aside and have changed since. */
  async #readAgain(due: KeyRange): Promise<boolean> {
    const { store, postgres, log } = this.#parts
    this.#rememberAnswer()
    const attempt = await postgres.range(due, store.ledgerPosition, store.cursor)
    if (!attempt.ok && attempt.failure === 'structural') {
      leaveDue(this.#parts)
      log('records-not-read', { collection: due.collection, cause: attempt.message })
      return true
    }
    const range = this.#answered(attempt)
    if (!range) return this.#noAnswer()
    if (!('external' in range)) return this.#end(range)
    this.#take({ applied: store.committed, refusals: [], external: range.external })
    if (range.applied === store.committed && !range.external.more) takeDue(this.#parts, due, range)
    return true
  }

  async #compareRange(): Promise<boolean> {
    const { store } = this.#parts
    this.#rememberAnswer()
    const attempt = await this.#comparison.ask()
    if (!attempt.ok && attempt.failure === 'structural') {
      // Edits need not wait until that is mended.
      this.#comparison.giveUp(attempt.message)
      return true
    }
    const range = this.#answered(attempt)
    if (!range) return this.#noAnswer()
    if (!('external' in range)) return this.#end(range)
    this.#take({ applied: store.committed, refusals: [], external: range.external })
    this.#comparison.take(range)
    return true
  }

  /** One call. Returns whether to go on at once. */
  async #step(): Promise<boolean> {
    const { store, postgres } = this.#parts
    this.#isWanted = false
    const batch = this.#plan()
    const question = this.#question(batch)
    if (batch.upTo === batch.after && !question) return this.#read()
    const answer = this.#answered(
      await (question
        ? postgres.propose(batch, question, store.cursor)
        : postgres.apply(batch, store.cursor)),
    )
    this.#moveLimit(nextLimit(this.#limit, batch, answer), answer !== undefined)
    if (!answer) return this.#noAnswer()
    if (!('external' in answer)) return this.#end(answer)
    return this.#takeApplied(batch, answer, question)
  }

  /**
   * A limit that came of no answer is stored: the pauses between tries grow so long that the object sleeps, and
   * one that began again with a batch that is too much would never get below it.
   */
  #moveLimit(limit: number, isAnswered: boolean): void {
    const { store } = this.#parts
    if (!isAnswered && limit < this.#limit) store.transaction((txn) => txn.putFact('batch_limit', limit))
    else if (limit === MAX_BATCH_EDITS && limit > this.#limit)
      store.transaction((txn) => txn.dropFact('batch_limit'))
    this.#limit = limit
  }

  /**
   * What to ask about a proposal behind the batch. It is drafted from the state at the head, so the batch
   * has to reach up to there; and while Postgres is away it is not asked, because only what was never
   * asked can still be refused at its deadline.
   */
  #question(batch: Batch): Question | undefined {
    const { store } = this.#parts
    return this.#reach.isGiven && batch.upTo === store.head ? nextQuestion(this.#parts) : undefined
  }

  #plan(): Batch {
    const { store, app } = this.#parts
    const { epoch, committed: after } = store
    if (store.outbox === 0) return { epoch, after, upTo: after, entries: [], net: [] }
    const last = (this.#behindUpTo ?? 0) > after ? this.#behindUpTo : undefined
    const entries = upTo(store.entries(after), last)
    const log = { epoch, after, entries, corrections: store.corrections }
    return planBatch(log, [...app.tables.keys()], this.#limit)
  }

  async #read(): Promise<boolean> {
    const { store, postgres } = this.#parts
    const answer = this.#answered(await postgres.poll(store.ledgerPosition, store.cursor))
    if (!answer) return this.#noAnswer()
    if (!('external' in answer)) return this.#end(answer)
    this.#take({ applied: store.committed, refusals: [], external: answer.external })
    return true
  }

  #takeApplied(batch: Batch, answer: Exclude<Applied, LedgerConflict>, question?: Question): boolean {
    const { store } = this.#parts
    const [committed, cursor] = [store.committed, store.cursor]
    this.#behindUpTo = answer.is === 'behind' ? batch.upTo : undefined
    this.#take(answer, question)
    if (store.committed > committed) this.#parts.metrics.applied(batch, store.committed)
    // What was read may have come to nothing here, or its transaction has undone it itself.
    if (store.committed > committed || store.cursor !== cursor || answer.verdict) return true
    throw new Error(`Postgres stands at ${answer.applied}, before ${batch.upTo}, without a reason`)
  }

  #take(answer: Answer, question?: Question): void {
    takeAnswer(this.#parts, answer, question)
    this.#parts.lifecycle.happened({ is: 'confirmed' })
    this.#parts.alarm.polled()
    this.#parts.health.answered()
    if (answer.external.more) this.#isWanted = true
  }

  /** The value of an answer. Without one the next try waits; undefined then. */
  #answered<Value>(attempt: Attempt<Value>): Value | undefined {
    // No answer is no verdict: the batch may be in Postgres. The same question gets the same answer,
    // so asking again is always right.
    this.#reach.note(attempt)
    if (attempt.ok) return attempt.value
    const { failure, message } = attempt
    if (failure === 'expired') {
      this.#end({ is: 'diverged', message })
    }
    return undefined
  }

  #noAnswer(): false {
    this.#isWanted = true
    return false
  }

  #end(conflict: LedgerConflict): false {
    this.#parts.health.answered()
    this.#behindUpTo = undefined
    endEpoch(this.#parts, conflict)
    this.#hasEnded = conflict.is === 'diverged' && this.#parts.store.carried.any
    return false
  }
}

/** The entries up to a place, or all. */
function* upTo(entries: Iterable<LogEntry>, last = Number.POSITIVE_INFINITY): Generator<LogEntry> {
  for (const entry of entries) {
    if (entry.seq > last) return
    yield entry
  }
}
