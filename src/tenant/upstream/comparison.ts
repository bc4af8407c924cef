import { createHash } from 'node:crypto'
import { rowText } from '../../core/external/untraced-changes.ts'
import type { LedgerConflict } from '../../core/outbox/batch.ts'
import type { Attempt, ComparedRange, KeyRange, PostgresPort } from '../../core/outbox/postgres-port.ts'
import type { Collection } from '../../protocol/manifest.ts'
import type { Row } from '../../protocol/value.ts'
import type { CompareCursor } from '../storage/meta.ts'
import type { Publishing } from '../views/publish.ts'
import { takeRange } from './take-range.ts'

/** A comparison begins by itself when the last one is so old, in ms. */
export const COMPARE_EVERY_MS = 24 * 3_600_000

/** Rows in one range: one call, and the unit that a restart repeats. */
const RANGE_ROWS = 1_000

/** A range in which edits are on their way to Postgres is asked for so often, then left to the next time. */
const MAX_TRIES = 5

/** The means to compare. */
type Comparing = Publishing & {
  readonly postgres: Pick<PostgresPort, 'range'>
}

/**
 * The comparison that finds what was changed in Postgres without a trace, by a bulk load with triggers off for one,
 * and takes it into the log as external changes. Range by range the digests of both sides are compared, and
 * only where they differ the rows are. The drain makes the calls, between its batches. A comparison
 * goes on where it was after the object was away, and rests while nobody is connected.
 */
export class Comparison {
  readonly #parts: Comparing
  #cursor: CompareCursor | undefined
  /** The range whose digests differ: its rows are asked for next. */
  #differing: { readonly upTo: string | undefined } | undefined
  #tries = 0
  /** What the call under way is about. */
  #asked: CompareCursor | undefined

  constructor(parts: Comparing) {
    this.#parts = parts
    this.#cursor = parts.store.facts.get('comparison') ?? undefined
  }

  /** Ranges are waiting to be compared, and somebody is there to see the result. */
  get pending(): boolean {
    const { sessions, lifecycle } = this.#parts
    return this.#cursor !== undefined && sessions.size > 0 && lifecycle.isComplete
  }

  /** Begins, if one under way from its beginning: what it has compared may have changed since. */
  begin(): void {
    const [first] = this.#parts.app.manifest.collections
    if (first) this.#move({ collection: first.name, after: '' })
  }

  /** Begins if the last one is long enough ago. A tenant just loaded from Postgres counts as compared. */
  beginIfDue(): void {
    if (this.#cursor) return
    const { now, store } = this.#parts
    const comparedAt = store.facts.get('compared_at')
    if (comparedAt === undefined) store.transaction((txn) => txn.putFact('compared_at', now()))
    else if (now() - comparedAt >= COMPARE_EVERY_MS) this.begin()
  }

  /** Asks for the next range. */
  ask(): Promise<Attempt<ComparedRange | LedgerConflict>> {
    const { store, postgres } = this.#parts
    this.#asked = this.#cursor
    return postgres.range(this.#nextRange(), store.ledgerPosition, store.cursor)
  }

  /** Takes the range that was asked for. The external changes of its answer have been taken before. */
  take(range: ComparedRange): void {
    const { store, log } = this.#parts
    const cursor = this.#asked
    const collection = this.#parts.app.manifest.collections.find(({ name }) => name === cursor?.collection)
    // It may have begun anew meanwhile, and changes that are still to be read may be of these rows.
    if (!cursor || !collection || this.#cursor !== cursor || range.external.more) return
    // A batch whose answer was lost is in Postgres already: its answer is asked for first.
    if (range.applied !== store.committed) return
    const held = store.rows.range(collection.name, cursor.after, range.upTo)
    const aside = store.asides.within(collection.name, cursor.after, range.upTo)
    if ('digest' in range) {
      if (aside.length === 0 && digest(collection, held) === range.digest) this.#pass(range.upTo)
      else this.#differing = { upTo: range.upTo }
      return
    }
    const leftOut = takeRange(this.#parts, collection, { held, aside }, range)
    this.#differing = undefined
    this.#tries += 1
    if (leftOut && this.#tries < MAX_TRIES) return
    if (leftOut) log('comparison-incomplete', { collection: collection.name, after: cursor.after })
    this.#pass(range.upTo)
  }

  /** Ends it with an alert, because of something that only a person can mend. */
  giveUp(cause: string): void {
    this.#parts.log('comparison-failed', { collection: this.#cursor?.collection, cause })
    this.#end()
  }

  #nextRange(): KeyRange {
    const { collection = '', after = '' } = this.#cursor ?? {}
    const limit = RANGE_ROWS
    if (this.#differing) return { collection, after, limit, ...this.#differing, whole: true }
    // Neither side may hold more rows in a range than the limit.
    const upTo = this.#parts.store.rows.idAfter(collection, after, limit)
    return { collection, after, upTo, limit, whole: false }
  }

  /** The range up to here is compared. */
  #pass(upTo: string | undefined): void {
    const { collections } = this.#parts.app.manifest
    const index = collections.findIndex(({ name }) => name === this.#cursor?.collection)
    const next = collections[index + 1]
    if (this.#cursor && upTo !== undefined) this.#move({ ...this.#cursor, after: upTo })
    else if (next) this.#move({ collection: next.name, after: '' })
    else this.#end()
  }

  #move(cursor: CompareCursor): void {
    this.#parts.store.transaction((txn) => txn.putFact('comparison', cursor))
    this.#cursor = cursor
    this.#differing = undefined
    this.#tries = 0
  }

  #end(): void {
    this.#parts.store.transaction((txn) => {
      txn.putFact('comparison', null)
      txn.putFact('compared_at', this.#parts.now())
    })
    this.#cursor = undefined
    this.#differing = undefined
  }
}

function digest(collection: Collection, rows: readonly Row[]): string {
  const text = rows.map((row) => rowText(collection, row)).join('\n')
  return createHash('sha256').update(text).digest('hex')
}
