import type { Random } from '../../../dev/harness/random.ts'
import type { ExternalChanges, RowEvent } from '../../../src/core/external/events.ts'
import { pick } from '../../../src/core/external/repairs.ts'
import type { Applied, Batch, LedgerConflict } from '../../../src/core/outbox/batch.ts'
import type {
  Attempt,
  ComparedRange,
  KeyRange,
  PageRange,
  Polled,
  PostgresPort,
  TablePage,
} from '../../../src/core/outbox/postgres-port.ts'
import type { TidemarkApp } from '../../../src/define/define-app.ts'
import { openOver } from '../../../src/postgres/open-over.ts'
import type { Row } from '../../../src/protocol/value.ts'
import type { Plan } from '../campaign/plan.ts'
import { known } from '../world/earlier-app.ts'
import type { Calls } from '../world/tenant.ts'
import type { Timeline } from '../world/timeline.ts'
import { apart, fitting } from './fitting.ts'
import { ExpiredCursor } from './outside-list.ts'
import type { TenantDatabase } from './simulated-database.ts'

/** Milliseconds after which a call that is not answered is given up. */
const DEADLINE_MS = 10_000

/** Calls of one object, and who wants to know of them. */
export type WatchedCalls = {
  readonly calls: Calls
  /** What the object serves, whose columns it reads. */
  readonly app: TidemarkApp
  /** All edits up to a seq are on their way to Postgres. */
  readonly asks: (upTo: number) => void
  readonly lost: (what: 'lostCall' | 'lostAnswer') => void
}

/** The way to Postgres: slow, sometimes cut before the call or before its answer, sometimes down. */
export class Postgres {
  isDown = false
  /** Manifests that were served, by their hash. */
  readonly served = new Set<string>()
  readonly #timeline: Timeline
  readonly #random: Random
  readonly #plan: Plan
  /** No call is lost any more. */
  isHealed = false

  constructor({ timeline, random, plan }: { timeline: Timeline; random: Random; plan: Plan }) {
    this.#timeline = timeline
    this.#random = random
    this.#plan = plan
  }

  /** Is out of reach for a while; nothing new when it is already. */
  goAway(ms: number): void {
    if (this.isDown) return
    this.isDown = true
    this.#timeline.after(ms, () => {
      this.isDown = false
    })
  }

  port(database: TenantDatabase, watched: WatchedCalls): PostgresPort {
    const call = <Value>(work: () => Value) => this.#call(watched, work)
    const rows = (collection: string, all: readonly Row[]) =>
      all.map((row) => known(watched.app, collection, row))
    const page = (collection: string, range: PageRange) => {
      const read = database.page(collection, range)
      return { ...read, rows: rows(collection, read.rows) }
    }
    const asRecords = <Read extends { readonly rows: readonly Row[] }>(collection: string, read: Read) => ({
      ...read,
      ...apart(watched.app, collection, read.rows),
    })
    const seen = <Told extends Answer>(answer: Told): Told =>
      'external' in answer ? { ...answer, external: knownExternal(watched.app, answer.external) } : answer
    const compared = (
      range: KeyRange,
      answer: ComparedRange | LedgerConflict,
    ): ComparedRange | LedgerConflict =>
      'rows' in answer ? asRecords(range.collection, seen(answer)) : seen(answer)
    const asks = <Value>({ upTo }: Batch, work: () => Value) => {
      watched.asks(upTo)
      return call(work)
    }
    return {
      open: (epoch) => openOver((over) => call(() => database.open(epoch, over))),
      apply: (batch, cursor) => asks(batch, () => seen(database.apply(batch, cursor))),
      propose: (batch, question, cursor) =>
        asks(batch, () => seen(database.propose(batch, question, cursor))),
      poll: (place, cursor, reached) => call(() => seen(database.poll(place, cursor, reached))),
      count: (collection) => call(() => database.count(collection)),
      page: (collection, range) => call(() => asRecords(collection, page(collection, range))),
      columns: (collection, columns, range) =>
        call(() => asRecords(collection, only(['id', ...columns], page(collection, range)))),
      range: (range, place, cursor) =>
        call(() => compared(range, database.range(range, place, cursor, watched.app))),
      revoke: (revocations) => call(() => database.revoke(revocations)),
      knows: () => call(() => database.isKnown),
      erase: () =>
        call(() => {
          database.erase()
          return { more: false }
        }),
      serve: (manifest) => call(() => void this.served.add(manifest.hash)),
    }
  }

  /** One call: on its way, in Postgres, and on its way back. */
  #call<Value>({ calls, lost }: WatchedCalls, work: () => Value): Promise<Attempt<Value>> {
    const { lostCall, lostAnswer } = this.#plan.rates
    const isLost = !this.isHealed && this.#random.chance(lostCall)
    const isUnanswered = !this.isHealed && this.#random.chance(lostAnswer)
    const [there, back] = [this.#latency(), this.#latency()]
    calls.begin()
    return new Promise((resolve) => {
      const end = (ms: number, attempt: Attempt<Value>) =>
        this.#timeline.after(ms, () => calls.end(() => resolve(attempt)))
      const silence = (message: string) =>
        end(Math.min(DEADLINE_MS, 10 * back), { ok: false, failure: 'ambiguous', message })
      const arrive = () => {
        if (isLost || this.isDown) {
          if (isLost) lost('lostCall')
          silence('the call did not arrive')
          return
        }
        const attempt = attemptOf(work)
        if (isUnanswered) {
          lost('lostAnswer')
          silence('the answer did not arrive')
          return
        }
        end(back, attempt)
      }
      calls.depart(() => this.#timeline.after(there, arrive))
    })
  }

  #latency(): number {
    return this.#random.whole(...this.#plan.callMs)
  }
}

type Answer = Applied | Polled | ComparedRange | LedgerConflict

function only(columns: readonly string[], { rows, ...page }: TablePage): TablePage {
  return { ...page, rows: rows.map((row) => pick(row, columns)) }
}

/** What others did, in the columns that an application knows. */
function knownExternal(app: TidemarkApp, external: ExternalChanges): ExternalChanges {
  const narrow = <Change extends RowEvent>(change: Change): Change => ({
    ...change,
    before: known(app, change.collection, change.before),
    after: known(app, change.collection, change.after),
  })
  const changes = external.changes.map((event) =>
    event.kind === 'proposal'
      ? { ...event, changes: event.changes.map(narrow) }
      : fitting(app, narrow(event)),
  )
  return { ...external, changes }
}

function attemptOf<Value>(work: () => Value): Attempt<Value> {
  try {
    return { ok: true, value: work() }
  } catch (thrown) {
    if (!(thrown instanceof ExpiredCursor)) throw thrown
    return { ok: false, failure: 'expired', message: thrown.message }
  }
}
