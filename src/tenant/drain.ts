import { retryDelay } from '../core/alarm.ts'
import type { Applied, Batch, Refusal } from '../core/batch.ts'
import type { LogEntry } from '../core/log.ts'
import { MAX_BATCH_EDITS, planBatch } from '../core/outbox.ts'
import { revertEdit } from '../core/revert.ts'
import { Turn } from '../core/turn.ts'
import type { Revert } from '../protocol/down.ts'
import { CLOSE, wireError } from '../protocol/errors.ts'
import type { Parts } from './parts.ts'
import { publish } from './publish.ts'
import { explain } from './refusal.ts'

/**
 * Carries the log to Postgres, one batch at a time; while one is under way the next gathers. The
 * outbox is the log above the committed mark, so there is nothing to lose and nothing to clean up.
 */
export class Drain {
  readonly #parts: Parts
  #running = false
  /** Set when another epoch owns the tenant, or Postgres cannot take the log until its schema is mended. */
  #parked = false

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Starts draining, unless that is under way. Never throws. */
  async start(): Promise<void> {
    if (this.#running || this.#parked) return
    this.#running = true
    try {
      while (this.#parts.store.outbox > 0 && (await this.#step())) {
        // Each step has moved the committed mark.
      }
    } catch (thrown) {
      this.#parts.log('drain-failed', { error: String(thrown) })
      this.#parts.alarm.retryLater(retryDelay)
    } finally {
      this.#running = false
    }
  }

  /** Sends one batch. Returns whether to go on at once. */
  async #step(): Promise<boolean> {
    const { store, postgres, alarm, log, app } = this.#parts
    const entries = store.entries(store.committed, MAX_BATCH_EDITS)
    const batch = planBatch(store.epoch, store.committed, entries, [...app.tables.keys()])
    const attempt = await postgres.apply(batch)
    if (!attempt.ok) {
      // No answer is no verdict: the batch may be in Postgres. The same question gets the same
      // answer, so asking again is always right.
      const retryAt = alarm.retryLater(retryDelay)
      log('postgres-away', {
        failure: attempt.failure,
        message: attempt.message,
        retryAt,
        outbox: store.outbox,
      })
      return false
    }
    alarm.recovered()
    return this.#settle(batch, attempt.value)
  }

  #settle(batch: Batch, answer: Applied): boolean {
    const { store, sessions, log } = this.#parts
    if (answer.is === 'fenced') {
      this.#parked = true
      log('fenced', { epoch: store.epoch, owner: answer.epoch })
      const error = wireError('busy', 'The tenant moved; connect again.')
      for (const session of sessions.all()) sessions.close(session, CLOSE.reset, error)
      return false
    }
    const before = store.committed
    const { turn, told } = this.#commit(answer)
    for (const { client, revert } of told) {
      for (const session of sessions.all()) {
        if (session.greeted?.client === client) session.send(['receipt', [{ is: 'reverted', ...revert }]])
      }
    }
    publish(this.#parts, turn.entries, new Set())
    this.#announce()
    if (store.committed > before) return true
    throw new Error(`Postgres stands at ${answer.applied}, before ${batch.upTo}, without a reason`)
  }

  /** Moves the committed mark, and undoes what Postgres refused. */
  #commit(answer: Extract<Applied, { is: 'applied' }>): {
    turn: Turn
    told: { client: string; revert: Revert }[]
  } {
    const { store, now } = this.#parts
    const turn = new Turn(store, now())
    // A repeated question repeats refusals that were dealt with before.
    const fresh = answer.refusals.filter((refusal) => refusal.seq > store.committed)
    const told = fresh.flatMap((refusal) => this.#revert(turn, refusal) ?? [])
    store.transaction(() => {
      store.write(turn)
      store.commit(answer.applied)
    })
    return { turn, told }
  }

  #revert(turn: Turn, refusal: Refusal): { client: string; revert: Revert } | undefined {
    const { store, log } = this.#parts
    const [refused, ...later] = [...store.entries(refusal.seq - 1), ...turn.entries]
    if (refused?.seq !== refusal.seq) throw new Error(`the log has lost entry ${refusal.seq}`)
    const error = explain(refusal)
    log('edit-reverted', { seq: refusal.seq, sqlState: refusal.sqlState, constraint: refusal.constraint })
    const { entry, records } = revertEdit(refused, later, error, turn.head + 1, turn.at, turn.record)
    turn.append(entry, records)
    return this.#remember(turn, refused, { n: refused.n, seq: entry.seq, error })
  }

  /** Keeps the revert until its author is known to have seen it. */
  #remember(turn: Turn, refused: LogEntry, revert: Revert): { client: string; revert: Revert } {
    const mark = turn.mark(refused.actor, refused.subject)
    turn.putMark({ ...mark, reverts: [...mark.reverts, revert] })
    return { client: refused.actor, revert }
  }

  /** Tells the committed mark to the sessions that wait for it. */
  #announce(): void {
    const { store, sessions } = this.#parts
    for (const session of sessions.all()) {
      const state = session.greeted
      if (!state || state.awaiting === 0) continue
      session.send(['committed', store.committed])
      if (state.awaiting <= store.committed) session.update({ awaiting: 0 })
    }
  }
}
