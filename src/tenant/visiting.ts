import type { Claims } from '../core/app/application.ts'
import type { PostgresPort } from '../core/outbox/postgres-port.ts'
import { wireError } from '../protocol/errors.ts'
import type { Nudge } from '../protocol/internal/nudge.ts'
import type { HistoryAnswer, PollReply, ReadAnswer, TooOften } from '../protocol/internal/tenant-answers.ts'
import { belongTo, type Founding } from './founding.ts'
import { type Answering, answerHistory } from './history/answer.ts'
import type { Conversation } from './hydration/conversation.ts'
import type { Lease } from './lease.ts'
import type { Presence } from './presence/presence.ts'
import type { Alarm } from './schedule/alarm.ts'
import { keepDeadlines } from './sessions/deadlines.ts'
import type { Health } from './sessions/health.ts'
import { type TokenHolder, whyOver } from './sessions/why-over.ts'
import { READ_WORK, type WorkLimits, workOfRows } from './sessions/work-limits.ts'
import { storeCommitted } from './storage/store-committed.ts'
import type { Comparison } from './upstream/comparison.ts'
import type { Drain } from './upstream/drain.ts'
import { refuseLate } from './upstream/proposals.ts'
import { sendRevocations } from './upstream/send-revocations.ts'
import { type Reading, readQuery } from './views/read.ts'

type VisitingParts = Founding &
  Reading &
  Answering & {
    readonly alarm: Alarm
    readonly health: Health
    readonly lease: Lease
    readonly presence: Presence
    readonly comparison: Comparison
    readonly drain: Drain
    readonly conversation: Conversation
    readonly work: WorkLimits
    readonly postgres: Pick<PostgresPort, 'revoke'>
  }

/** Calls on Postgres when the alarm goes off, when somebody nudges, and for those who read without a session. */
export class Visiting {
  readonly #parts: VisitingParts
  /** What an alarm has begun with Postgres, until it is done. */
  #visit: Promise<void> | undefined

  constructor(parts: VisitingParts) {
    this.#parts = parts
  }

  /**
   * Looks at once, unless nobody would see it: whoever connects first makes the object look. Ends a wait for mending.
   */
  nudged({ compare }: Nudge): void {
    const { sessions, comparison, conversation, drain, lifecycle } = this.#parts
    // Kept also while nobody may call: the next visit compares.
    if (compare && lifecycle.state.is !== 'unfounded') comparison.begin()
    drain.unpark()
    if (!lifecycle.legal.nudges) return
    if (sessions.size === 0 && !this.#isAwaited) return
    void conversation.poll()
    // What was mended may be what the loading waits for.
    if (lifecycle.legal.loads) void conversation.load()
  }

  /** Reads what a query, as JSON, shows somebody now; `known` are versions that the asker holds. */
  async read(holder: TokenHolder, query: string, known: readonly string[]): Promise<ReadAnswer> {
    const { claims } = holder
    const refusal = this.#outOfWork(claims)
    if (refusal) return refusal
    await this.#comeUpToDate(claims)
    const over = whyOver(this.#parts, holder)
    if (over) return { is: 'refused', error: over }
    const { store, work } = this.#parts
    const before = store.rows.read
    const answer = readQuery(this.#parts, claims, query, known)
    work.chargePerson(claims.sub, workOfRows(store.rows.read - before))
    return answer
  }

  /** Answers a question about the past, as JSON, with what somebody may see of it. */
  async history(holder: TokenHolder, question: string): Promise<HistoryAnswer> {
    const refusal = this.#outOfWork(holder.claims)
    if (refusal) return refusal
    await this.#comeUpToDate(holder.claims)
    const answer = await answerHistory(this.#parts, holder.claims, question)
    // Postgres may have taken long to say what was before the log.
    const over = whyOver(this.#parts, holder)
    return over ? { is: 'refused', error: over } : answer
  }

  /** Looks into Postgres for the registry of tenants, unless nobody would see it. */
  async poll(): Promise<PollReply> {
    if (this.#parts.sessions.size === 0) return 'nobody'
    return (await this.#parts.conversation.poll()) ? 'polled' : 'not-yet'
  }

  /** Never throws: after some failed tries the platform would drop the alarm for good. */
  alarm(): void {
    const { alarm, health, lease, log, presence } = this.#parts
    const isVisitDue = alarm.wentOff()
    try {
      keepDeadlines(this.#parts)
      presence.review()
      refuseLate(this.#parts)
      health.review()
      void lease.renew()
    } catch (thrown) {
      log('alarm-failed', { error: String(thrown) })
    }
    if (!isVisitDue) {
      alarm.arm()
      return
    }
    // Not waited for: no alarm goes off while another runs, and a deadline is kept while Postgres does not answer.
    if (this.#visit) alarm.polled()
    this.#visit ??= this.#visitPostgres().finally(() => {
      this.#visit = undefined
      alarm.arm()
    })
    alarm.arm()
  }

  /** Brings Postgres what waits for it, and looks what changed there. Never throws. */
  async #visitPostgres(): Promise<void> {
    const { alarm, comparison, conversation, lifecycle, log, sessions, store } = this.#parts
    try {
      await sendRevocations(this.#parts)
      if (!lifecycle.legal.nudges) return
      if (lifecycle.legal.loads && (sessions.size > 0 || this.#isAwaited)) await conversation.hydrate()
      if (sessions.size > 0 && lifecycle.isComplete) comparison.beginIfDue()
      await (alarm.pollsByClock ? conversation.poll() : conversation.send())
      storeCommitted(store)
    } catch (thrown) {
      log('alarm-failed', { error: String(thrown) })
    }
  }

  /** Has what Postgres has, for somebody who reads without a session. */
  async #comeUpToDate({ tenant }: Claims): Promise<void> {
    belongTo(this.#parts, tenant)
    const { sessions, alarm, conversation, lifecycle } = this.#parts
    if (!lifecycle.legal.nudges) return
    if (lifecycle.legal.loads) await conversation.hydrate()
    // With nobody connected nobody has looked what others changed in Postgres.
    else if (sessions.size === 0 && alarm.isPollDue) await conversation.poll()
  }

  /** Charges a person one question. Returns what is answered instead while they have no work left. */
  #outOfWork({ sub }: Claims): TooOften | undefined {
    const { work } = this.#parts
    const retryAfterMs = work.waitMsOf(sub)
    if (retryAfterMs === 0) {
      work.chargePerson(sub, READ_WORK)
      return undefined
    }
    const message = 'You ask for more than one person may have at a time; ask again shortly.'
    return { is: 'too-often', error: wireError('busy', message, { retryAfterMs }) }
  }

  /** Something waits for Postgres. */
  get #isAwaited(): boolean {
    const { store, lifecycle } = this.#parts
    return store.outbox > 0 || store.waiting > 0 || lifecycle.carries
  }
}
