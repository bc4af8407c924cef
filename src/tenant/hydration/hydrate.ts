import { Turn } from '../../core/edits/turn.ts'
import type { RowEvent } from '../../core/external/events.ts'
import { liveOf, rowsOf } from '../../core/external/take-external.ts'
import { takePartial } from '../../core/external/take-partial.ts'
import { unsentBy } from '../../core/external/unsent.ts'
import type { Attempt, PostgresPort } from '../../core/outbox/postgres-port.ts'
import { retryDelay } from '../../core/schedule/next-alarm.ts'
import { alone } from '../sessions/alone.ts'
import type { Txn } from '../storage/txn.ts'
import { type Claiming, claimLedger } from '../upstream/claim-ledger.ts'
import { type EndingEpochs, endEpoch } from '../upstream/end-epoch.ts'
import { tellVerdicts } from '../upstream/proposals.ts'
import { resubmitCarried } from '../upstream/resubmit-carried.ts'
import { type Publishing, publish } from '../views/publish.ts'
import { noteAside } from '../views/set-aside.ts'
import { sendInitial } from '../views/subscribe.ts'
import { tellFaults } from '../views/tell-faults.ts'
import { completeSchema, missingColumns } from './change-schema.ts'
import { BIRTH, loadCollection } from './load-collection.ts'
import { loadColumns } from './load-columns.ts'

/** The means to load a tenant. */
type Loading = Publishing &
  Claiming &
  EndingEpochs & {
    readonly postgres: Pick<PostgresPort, 'poll' | 'count' | 'page' | 'columns'>
    /** Resolves after so many ms. */
    readonly pause: (ms: number) => Promise<void>
    readonly lifecycle: {
      readonly legal: { readonly loads: boolean }
      happened(event: { readonly is: 'confirmed' } | { readonly is: 'loaded' }): void
    }
  }

/**
 * The loading of a tenant from Postgres into an object that has nothing: first the claim, then every
 * collection in pages by key, then what changed in Postgres meanwhile. Survives eviction between
 * any two calls.
 */
export class Hydration {
  readonly #parts: Loading
  #run: Promise<void> | undefined

  constructor(parts: Loading) {
    this.#parts = parts
  }

  /** Loads what is missing, or waits for what is under way. Never throws. */
  async start(): Promise<void> {
    if (!this.#run && this.#parts.lifecycle.legal.loads) {
      this.#run = this.#go().finally(() => {
        this.#run = undefined
      })
    }
    await this.#run
  }

  /** Resolves when no call is under way. */
  async idle(): Promise<void> {
    await this.#run
  }

  async #go(): Promise<void> {
    this.#parts.alarm.trying()
    try {
      if (await this.#load()) this.#release()
      else this.#parts.alarm.retryLater(retryDelay)
    } catch (thrown) {
      this.#parts.log('hydration-failed', { error: String(thrown) })
      this.#parts.health.failed('parked')
      this.#parts.alarm.retryLater(retryDelay)
    }
  }

  /** Returns whether everything is loaded. */
  async #load(): Promise<boolean> {
    const { alarm, app, health, lifecycle, log, store } = this.#parts
    if (!(await claimLedger(this.#parts))) return false
    if (!(await loadColumns(this.#parts, (attempt) => this.#answered(attempt)))) return false
    for (const { name } of app.manifest.collections) {
      if (!(await loadCollection(this.#parts, name, (attempt) => this.#answered(attempt)))) return false
    }
    while (store.loading) {
      if (!(await this.#catchUp())) return false
    }
    resubmitCarried(this.#parts)
    lifecycle.happened({ is: 'loaded' })
    if (alarm.recovered()) log('postgres-back', { outbox: store.outbox })
    health.answered()
    return true
  }

  /**
   * Reads on what changed since the cursor. The pages were read at different times, so for the
   * collections just loaded the changes are done again in their order, which ends at the state
   * after the last. Others are live already: there a change is an entry of the log.
   */
  async #catchUp(): Promise<boolean> {
    const { app, store, postgres, now, lifecycle } = this.#parts
    const polled = await postgres.poll(store.ledgerPosition, store.cursor, store.hydration.reached)
    const answer = this.#answered(polled)
    if (!answer) return false
    if (answer.is !== 'current') {
      endEpoch(this.#parts, answer)
      return false
    }
    lifecycle.happened({ is: 'confirmed' })
    const { external } = answer
    const marks = store.hydration.all()
    const live = new Set(marks.filter(({ caughtUp }) => caughtUp).map(({ collection }) => collection))
    const loading = missingColumns(this.#parts)
    const turn = new Turn(store, now())
    const unsent = unsentBy(turn, () => [...store.entries(store.committed), ...turn.entries])
    store.transaction((txn) => {
      for (const event of external.changes) {
        for (const row of rowsOf(event)) if (!live.has(row.collection)) this.#redo(txn, row)
        const taken = liveOf(event, live)
        if (taken) takePartial(turn, app, taken, { loading, unsent })
      }
      txn.write(turn)
      noteAside(this.#parts, txn, external.changes)
      txn.putCursor(external.cursor)
      txn.dropFact('reached')
      if (!external.more) {
        for (const mark of marks) txn.putHydration({ ...mark, caughtUp: true })
        completeSchema(this.#parts, txn)
      }
    })
    tellFaults(this.#parts, turn)
    publish(this.#parts, turn, tellVerdicts(this.#parts, turn))
    return true
  }

  #redo(txn: Txn, { kind, collection, id, after }: RowEvent): void {
    const { store } = this.#parts
    if (kind === 'delete' || kind === 'aside') {
      txn.dropRecord(collection, id)
      return
    }
    const row = kind === 'insert' ? after : store.record(collection, id)?.row
    // A row that was changed and deleted before its page was read is in no page.
    if (row) txn.putRecord({ collection, id, row: { ...row, ...after }, birth: BIRTH, versions: {} })
  }

  /** Everything is there: answers the subscriptions that had to wait. */
  #release(): void {
    for (const session of [...this.#parts.sessions.all()]) {
      alone(this.#parts, session, 'send-initial', () =>
        sendInitial(this.#parts, session, session.greeted?.waiting ?? []),
      )
    }
    this.#parts.presence.look()
  }

  #answered<Value>(attempt: Attempt<Value>): Value | undefined {
    const { health, log } = this.#parts
    if (attempt.ok) return attempt.value
    const { failure, message } = attempt
    // What was read is of a past that Postgres does not have any more.
    if (failure === 'expired') endEpoch(this.#parts, { is: 'diverged', message })
    else {
      log('postgres-away', { failure, message })
      health.failed(failure === 'structural' ? 'parked' : 'postgres-away')
    }
    return undefined
  }
}
