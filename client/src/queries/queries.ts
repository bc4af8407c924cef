import { compareRows } from '../../../src/core/query/compare.ts'
import type { WireError } from '../../../src/protocol/errors.ts'
import type { Query as WireQuery } from '../../../src/protocol/query.ts'
import { readQuery } from '../../../src/protocol/read-query.ts'
import type { Priority } from '../../../src/protocol/up/subscribe.ts'
import type { Value } from '../../../src/protocol/value.ts'
import type { Guard } from '../api/guard.ts'
import { Listeners, type Observable } from '../api/observable.ts'
import type { QuerySnapshot } from '../api/types.ts'
import type { Environment } from '../environment.ts'
import { reordered } from '../replica/reordered.ts'
import type { Replica } from '../replica/replica.ts'
import { changesBetween } from '../replica/row-changes.ts'
import type { ShownRow } from '../replica/rows.ts'
import type { Phase } from '../replica/view.ts'
import type { RowChange, ViewChange } from '../replica/view-changes.ts'

type Port = {
  readonly replica: Replica
  readonly soon: Environment['soon']
  readonly guard: Guard
  /** The set of wanted queries changed. */
  readonly wantedChanged: () => void
}

type Snapshot = QuerySnapshot<ShownRow>
type Progress = NonNullable<Snapshot['progress']>
type Loaded = Omit<Progress, 'stage'>

/** What is asked for, as it goes up; or why it cannot, and for which collection. */
type Readable = { readonly query: WireQuery; readonly fault?: WireError }

/** What nobody listens to shows nothing, whatever it asks. */
const UNHEARD: Snapshot = Object.freeze({
  rows: Object.freeze([]),
  status: 'loading',
  changes: Object.freeze([]),
})

/** A query as it was asked. It holds nothing: all who ask the same share what is live while somebody listens. */
export type Query = Observable<Snapshot>

/** What a query shows while somebody listens. */
class SharedQuery {
  /** As the first of those who listen asked it, so that it stays one object for whoever asks again. */
  readonly asked: Query
  readonly key: string
  readonly #query: WireQuery
  /** Why it is never asked for. */
  readonly #fault: WireError | undefined
  readonly #compare: ReturnType<typeof compareRows>
  readonly #priority: Priority
  readonly #port: Port
  readonly #live: Map<string, SharedQuery>
  readonly #listeners: Listeners<Snapshot>
  /** How far the server has come in loading the collection. */
  #loaded: Progress | undefined
  /** All rows in their order, as they were before `#changes`. */
  #sorted: readonly ShownRow[] | undefined
  /** By id. */
  readonly #changes = new Map<Value | undefined, RowChange>()
  /** The rows that are shown. */
  #rows: readonly ShownRow[] | undefined
  #snapshot: Snapshot | undefined
  /** The rows that listeners were told last. */
  #told: readonly ShownRow[] = []

  /** @param live what somebody listens to, by key; this one keeps itself in it */
  constructor(
    asked: Query,
    [{ query, fault }, key, priority]: readonly [Readable, string, Priority],
    port: Port,
    live: Map<string, SharedQuery>,
  ) {
    this.asked = asked
    this.key = key
    this.#query = query
    this.#fault = fault
    this.#compare = compareRows(query.orderBy ?? [])
    this.#priority = priority
    this.#port = port
    this.#listeners = new Listeners(port.guard)
    this.#live = live
  }

  get collection(): string {
    return this.#query.collection
  }

  subscribe(listener: (snapshot: Snapshot) => void): () => void {
    const stop = this.#listeners.add(listener)
    this.#want()
    return () => {
      // A page that is left for another often listens to the same again in the same turn.
      if (stop()) this.#port.soon(() => this.#release())
    }
  }

  getSnapshot(): Snapshot {
    this.#snapshot ??= this.#read()
    return this.#snapshot
  }

  loaded({ done, total }: Loaded): void {
    this.#loaded = { stage: 'loading', done, total }
    this.#snapshot = undefined
  }

  /** Looks again. Returns true when there is news for listeners. */
  refresh(change: ViewChange | undefined): boolean {
    if (change) this.#note(change)
    const before = this.#snapshot
    if (
      before &&
      !change &&
      before.status === this.#status() &&
      Boolean(before.evicted) === this.#isEvicted &&
      before.aside === this.#aside &&
      before.progress?.done === this.#progress()?.done
    )
      return false
    this.#snapshot = undefined
    return true
  }

  emit(): void {
    if (this.#listeners.size === 0) return
    const snapshot = this.getSnapshot()
    this.#told = snapshot.rows
    this.#listeners.emit(snapshot)
  }

  #want(): void {
    if (this.#live.has(this.key)) return
    this.#live.set(this.key, this)
    if (this.#fault) {
      // Nothing goes up, and whoever listens is told as of a refusal.
      this.#port.soon(() => this.emit())
      return
    }
    this.#port.replica.want(this.key, this.#query, this.#priority)
    this.#port.wantedChanged()
  }

  #release(): void {
    if (this.#live.get(this.key) !== this || this.#listeners.size > 0) return
    this.#live.delete(this.key)
    this.#port.replica.unwant(this.key)
    this.#port.wantedChanged()
  }

  #phase(): Phase {
    return this.#fault ? { is: 'refused', error: this.#fault } : this.#port.replica.phaseOf(this.key)
  }

  get #isEvicted(): boolean {
    return this.#phase().is === 'evicted'
  }

  get #aside(): Snapshot['aside'] {
    return this.#port.replica.asides.of(this.collection)
  }

  #status(): Snapshot['status'] {
    const { is } = this.#phase()
    if (is === 'refused') return 'error'
    return is !== 'evicted' && this.#port.replica.isCurrent(this.key) ? 'ready' : 'loading'
  }

  #read(): Snapshot {
    const status = this.#status()
    if (status === 'ready') this.#loaded = undefined
    const phase = this.#phase()
    const progress = this.#progress()
    const rows = this.#readRows()
    const told = this.#told
    const aside = this.#aside
    let changes: Snapshot['changes'] | undefined
    return Object.freeze({
      rows,
      status,
      ...(phase.is === 'refused' && { error: phase.error }),
      ...(phase.is === 'evicted' && { evicted: true as const }),
      ...(aside && { aside }),
      ...(progress && { progress }),
      // Worked out for those who ask only.
      get changes() {
        changes ??= changesBetween(told, rows)
        return changes
      },
    })
  }

  #progress(): Progress | undefined {
    const phase = this.#phase()
    if (phase.is !== 'paging') return this.#loaded
    return { stage: 'receiving', done: phase.rows.size, total: phase.total }
  }

  #note(change: ViewChange): void {
    this.#rows = undefined
    if (change === 'anew') {
      this.#sorted = undefined
      this.#changes.clear()
      return
    }
    // What nobody has sorted yet has its changes in it when it is.
    if (!this.#sorted) return
    for (const [before, after] of change) {
      const id = (before ?? after)?.['id']
      const [first] = this.#changes.get(id) ?? [before]
      this.#changes.set(id, [first, after])
    }
  }

  #readRows(): readonly ShownRow[] {
    if (this.#rows) return this.#rows
    this.#sorted = this.#sorted
      ? reordered(this.#sorted, [...this.#changes.values()], this.#compare)
      : this.#port.replica.shown(this.key).sort(this.#compare)
    this.#changes.clear()
    const { limit } = this.#query
    this.#rows = limit === undefined ? this.#sorted : this.#sorted.slice(0, limit)
    return this.#rows
  }
}

/** The queries that somebody listens to, each once. Nothing is kept of any other. */
export class Queries {
  readonly #live = new Map<string, SharedQuery>()
  /** What was asked in this turn, which is one object until somebody has had the chance to listen. */
  readonly #asked = new Map<string, Query>()
  /** Queries whose listeners do not know yet. */
  readonly #news = new Set<SharedQuery>()
  readonly #port: Port

  constructor(port: Port) {
    this.#port = port
  }

  of(query: WireQuery, priority: Priority = 'medium'): Query {
    const readable = toReadable(query)
    const { fault } = readable
    const key = keyOf(readable, priority)
    const live = () => this.#live.get(key)
    const known = live()?.asked ?? this.#asked.get(key)
    if (known) return known
    const unheard = fault ? Object.freeze({ ...UNHEARD, status: 'error' as const, error: fault }) : UNHEARD
    const asked: Query = {
      subscribe: (listener) =>
        (live() ?? new SharedQuery(asked, [readable, key, priority], this.#port, this.#live)).subscribe(
          listener,
        ),
      getSnapshot: () => live()?.getSnapshot() ?? unheard,
    }
    if (this.#asked.size === 0) this.#port.soon(() => this.#asked.clear())
    this.#asked.set(key, asked)
    return asked
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

/** Equal for queries that ask the same in the same way. */
function keyOf({ query, fault }: Readable, priority: Priority): string {
  const { collection, where, orderBy, limit, after, select } = query
  return JSON.stringify([collection, where, orderBy, limit, after, select, priority, fault?.message])
}
