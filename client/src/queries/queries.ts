import { compareRows } from '../../../src/core/query/compare-rows.ts'
import type { Query as WireQuery } from '../../../src/protocol/query.ts'
import { readQuery } from '../../../src/protocol/read-query.ts'
import type { Priority } from '../../../src/protocol/up/priority.ts'
import type { ShownRow } from '../replica/shown-row.ts'
import type { ViewChange } from '../replica/view-changes.ts'
import { Keeping } from './keeping.ts'
import {
  type AskedQuery,
  type Loaded,
  type QueryPort,
  type Readable,
  SharedQuery,
  type Snapshot,
} from './shared-query.ts'

/** What nobody listens to shows nothing, whatever it asks. */
const UNHEARD: Snapshot = Object.freeze({
  rows: Object.freeze([]),
  status: 'loading',
  changes: Object.freeze([]),
})

/** The queries that somebody listens to, each once. Nothing is kept of any other. */
export class Queries {
  readonly keeping: Keeping
  readonly #live = new Map<string, SharedQuery>()
  /** What was asked in this turn, which is one object until somebody has had the chance to listen. */
  readonly #asked = new Map<string, AskedQuery>()
  /** What was read before the client connected, by what was asked. */
  readonly #preloaded = new Map<string, Snapshot>()
  /** Queries whose listeners do not know yet. */
  readonly #news = new Set<SharedQuery>()
  readonly #port: QueryPort

  constructor(port: QueryPort) {
    this.#port = port
    this.keeping = new Keeping(port.setTimer)
  }

  of(query: WireQuery, priority: Priority = 'medium'): AskedQuery {
    const readable = toReadable(query)
    const { fault } = readable
    const question = keyOf(readable)
    const key = `${question} ${priority}`
    const preloaded = () => this.#preloaded.get(question)
    const live = () => this.#live.get(key)
    const known = live()?.asked ?? this.#asked.get(key)
    if (known) return known
    const unheard = fault ? Object.freeze({ ...UNHEARD, status: 'error' as const, error: fault }) : UNHEARD
    const listen: AskedQuery['listen'] = (listener) =>
      (
        live() ?? new SharedQuery(given, [readable, key, priority, preloaded()], this.#port, this.#live)
      ).subscribe(listener)
    const asked: AskedQuery = {
      key: `${this.#port.tenant} ${key}`,
      listen,
      subscribe: (listener) => {
        this.keeping.makeRoom(this.#live.size)
        const stop = listen(listener)
        this.keeping.release(asked)
        let isOver = false
        return () => {
          if (!isOver) this.keeping.keep(asked)
          isOver = true
          stop()
        }
      },
      getSnapshot: () => live()?.getSnapshot() ?? preloaded() ?? unheard,
      getServerSnapshot: () => preloaded() ?? unheard,
    }
    const given = this.#port.trace?.asked(asked, readable.query, priority) ?? asked
    if (this.#asked.size === 0) this.#port.soon(() => this.#asked.clear())
    this.#asked.set(key, given)
    return given
  }

  /** What holds rows is there: what somebody listens to is asked. */
  arrived(): void {
    for (const query of this.#live.values()) query.arrived()
  }

  /** Shows rows of a query that were read elsewhere, until those of its live subscription are there. */
  preload(query: WireQuery, rows: readonly ShownRow[]): void {
    const sorted = Object.freeze([...rows].sort(compareRows(query.orderBy ?? [])))
    const shown: Snapshot = { rows: sorted, status: 'ready', changes: Object.freeze([]) }
    this.#preloaded.set(keyOf(toReadable(query)), Object.freeze(shown))
  }

  /** How many are kept. */
  get size(): number {
    return this.#live.size + this.#asked.size
  }

  /** The server loads a collection. */
  loaded(collection: string, loaded: Loaded): void {
    for (const query of this.#live.values()) if (query.collection === collection) query.loaded(loaded)
  }

  /**
   * Shows what changed at once, and tells listeners at the end of the turn: a burst of changes is
   * one piece of news, and every query shows the new state before the first listener hears of it.
   */
  refresh(changes: ReadonlyMap<string, ViewChange>): void {
    const quiet = this.#news.size === 0
    for (const query of this.#live.values()) if (query.refresh(changes.get(query.key))) this.#news.add(query)
    if (quiet && this.#news.size > 0) this.#port.soon(() => this.#emit())
  }

  #emit(): void {
    const news = [...this.#news]
    this.#news.clear()
    for (const query of news) query.emit()
  }
}

/** A query that cannot be asked is let go of: it may be of any size. */
function toReadable(query: WireQuery): Readable {
  const read = readQuery(query)
  return 'query' in read ? read : { query: { collection: query.collection }, fault: read.error }
}

/** Equal for queries that ask the same. */
function keyOf({ query, fault }: Readable): string {
  const { collection, where, orderBy, limit, after, select } = query
  return JSON.stringify([collection, where, orderBy, limit, after, select, fault?.message])
}
