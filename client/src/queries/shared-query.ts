import { compareRows } from '../../../src/core/query/compare-rows.ts'
import type { WireError } from '../../../src/protocol/errors.ts'
import type { Query as WireQuery } from '../../../src/protocol/query.ts'
import type { Priority } from '../../../src/protocol/up/priority.ts'
import type { Value } from '../../../src/protocol/value.ts'
import type { Guard } from '../api/guard.ts'
import { Listeners, type Observable } from '../api/observable.ts'
import type { QuerySnapshot } from '../api/types.ts'
import type { Environment } from '../environment/environment.ts'
import type { Replica } from '../replica/replica.ts'
import type { ShownRow } from '../replica/shown-row.ts'
import type { Phase } from '../replica/view.ts'
import type { ShownChange, ViewChange } from '../replica/view-changes.ts'
import { reordered } from './reordered.ts'
import { changesBetween } from './row-changes.ts'

/** The rest of the client, as a query takes it. */
export type QueryPort = {
  readonly tenant: string
  /** The rows; undefined until what holds them is loaded. */
  readonly replica: () => Replica | undefined
  readonly soon: Environment['soon']
  readonly setTimer: Environment['setTimer']
  readonly guard: Guard
  /** Has a query that is asked, in place of which whoever asks gets another. */
  readonly trace: { asked(asked: AskedQuery, query: WireQuery, priority: Priority): AskedQuery } | undefined
  /** The set of wanted queries changed. */
  readonly wantedChanged: () => void
}

export type Snapshot = QuerySnapshot<ShownRow>
type Progress = NonNullable<Snapshot['progress']>
export type Loaded = Omit<Progress, 'stage'>

/** A query as it goes up; or why it cannot, and for which collection. */
export type Readable = { readonly query: WireQuery; readonly fault?: WireError }

/** A query as it was asked. It holds nothing: all who ask the same share what is live while somebody listens. */
export type Query = Observable<Snapshot> & {
  /** Equal for queries of one tenant that ask the same. */
  readonly key: string
}

/** A query that goes on for a moment when it is left. */
export type AskedQuery = Query & {
  /** Listens like `subscribe`, and leaves nothing behind that goes on for a moment. */
  readonly listen: Observable<Snapshot>['subscribe']
  /** As a server has rendered it. */
  readonly getServerSnapshot: () => Snapshot
}

/** A query while somebody listens: its rows in their order, and what changed. */
export class SharedQuery {
  /** As the first of those who listen asked it, so that it stays one object for whoever asks again. */
  readonly asked: AskedQuery
  readonly key: string
  readonly #query: WireQuery
  /** Why it is never asked for. */
  readonly #fault: WireError | undefined
  readonly #compare: ReturnType<typeof compareRows>
  readonly #priority: Priority
  readonly #port: QueryPort
  readonly #live: Map<string, SharedQuery>
  readonly #listeners: Listeners<Snapshot>
  /** How far the server has come in loading the collection. */
  #loaded: Progress | undefined
  /** All rows in their order, as they were before `#changes`. */
  #sorted: readonly ShownRow[] | undefined
  /** By id. */
  readonly #changes = new Map<Value | undefined, ShownChange>()
  /** The rows that are shown. */
  #rows: readonly ShownRow[] | undefined
  #snapshot: Snapshot | undefined
  /** The rows that listeners were told last. */
  #told: readonly ShownRow[]
  /** What is shown until the server's rows are there. */
  #preloaded: Snapshot | undefined

  /** @param live what somebody listens to, by key; this one keeps itself in it */
  constructor(
    asked: AskedQuery,
    [{ query, fault }, key, priority, preloaded]: readonly [Readable, string, Priority, Snapshot | undefined],
    port: QueryPort,
    live: Map<string, SharedQuery>,
  ) {
    this.asked = asked
    this.key = key
    this.#query = query
    this.#fault = fault
    this.#preloaded = preloaded
    this.#told = preloaded?.rows ?? []
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
    if (before && before === this.#preloaded && this.#status() === 'loading') return false
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
    this.arrived()
    this.#port.wantedChanged()
  }

  /** There may be what holds rows: the query is asked. */
  arrived(): void {
    if (!this.#fault) this.#port.replica()?.subscriptions.want(this.key, this.#query, this.#priority)
  }

  #release(): void {
    if (this.#live.get(this.key) !== this || this.#listeners.size > 0) return
    this.#live.delete(this.key)
    this.#port.replica()?.subscriptions.unwant(this.key)
    this.#port.wantedChanged()
  }

  #phase(): Phase {
    if (this.#fault) return { is: 'refused', error: this.#fault }
    return this.#port.replica()?.phaseOf(this.key) ?? { is: 'idle' }
  }

  get #isEvicted(): boolean {
    return this.#phase().is === 'evicted'
  }

  get #aside(): Snapshot['aside'] {
    return this.#port.replica()?.asides.of(this.collection)
  }

  #status(): Snapshot['status'] {
    const { is } = this.#phase()
    if (is === 'refused') return 'error'
    return is !== 'evicted' && this.#port.replica()?.isCurrent(this.key) ? 'ready' : 'loading'
  }

  #read(): Snapshot {
    const status = this.#status()
    if (status === 'loading' && this.#preloaded) return this.#preloaded
    this.#preloaded = undefined
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
      : (this.#port.replica()?.shown(this.key).sort(this.#compare) ?? [])
    this.#changes.clear()
    const { limit } = this.#query
    this.#rows = limit === undefined ? this.#sorted : this.#sorted.slice(0, limit)
    return this.#rows
  }
}
