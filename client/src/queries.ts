import type { Environment } from './environment.ts'
import { Listeners } from './observable.ts'
import type { Replica } from './replica.ts'
import type { ShownRow } from './rows.ts'
import type { QuerySnapshot } from './types.ts'

type Port = {
  readonly replica: Replica
  readonly soon: Environment['soon']
  /** The set of wanted collections changed. */
  readonly wantedChanged: () => void
}

type Progress = NonNullable<QuerySnapshot<ShownRow>['progress']>

/** A whole collection, live while somebody listens. */
export class Query {
  readonly #collection: string
  readonly #port: Port
  readonly #listeners = new Listeners<QuerySnapshot<ShownRow>>()
  #wanted = false
  #progress: Progress | undefined
  #snapshot: QuerySnapshot<ShownRow> | undefined

  constructor(collection: string, port: Port) {
    this.#collection = collection
    this.#port = port
  }

  readonly subscribe = (listener: (snapshot: QuerySnapshot<ShownRow>) => void): (() => void) => {
    const stop = this.#listeners.add(listener)
    this.#want()
    return () => {
      // A page that is left for another often listens to the same again in the same turn.
      if (stop()) this.#port.soon(() => this.#release())
    }
  }

  readonly getSnapshot = (): QuerySnapshot<ShownRow> => {
    this.#snapshot ??= this.#read()
    return this.#snapshot
  }

  progressed(progress: Progress): void {
    this.#progress = progress
    this.#snapshot = undefined
  }

  /** Looks again. Returns true when there is news for listeners. */
  refresh(rowsChanged: boolean): boolean {
    const before = this.#snapshot
    if (before && !rowsChanged && before.status === this.#status()) return false
    this.#snapshot = undefined
    return true
  }

  emit(): void {
    if (this.#listeners.size > 0) this.#listeners.emit(this.getSnapshot())
  }

  #want(): void {
    if (this.#wanted) return
    this.#wanted = true
    this.#port.replica.want(this.#collection)
    this.#port.wantedChanged()
  }

  #release(): void {
    if (!this.#wanted || this.#listeners.size > 0) return
    this.#wanted = false
    this.#port.replica.unwant(this.#collection)
    this.#port.wantedChanged()
  }

  #status(): QuerySnapshot<ShownRow>['status'] {
    if (this.#port.replica.refusalOf(this.#collection)) return 'error'
    return this.#port.replica.holds(this.#collection) ? 'ready' : 'loading'
  }

  #read(): QuerySnapshot<ShownRow> {
    const status = this.#status()
    if (status === 'ready') this.#progress = undefined
    const error = this.#port.replica.refusalOf(this.#collection)
    return Object.freeze({
      rows: [...this.#port.replica.shown(this.#collection).values()],
      status,
      ...(error && { error }),
      ...(this.#progress && { progress: this.#progress }),
    })
  }
}

/** The queries that were asked for, one per collection. */
export class Queries {
  readonly #queries = new Map<string, Query>()
  /** Queries whose listeners do not know yet. */
  readonly #news = new Set<Query>()
  readonly #port: Port

  constructor(port: Port) {
    this.#port = port
  }

  all(collection: string): Query {
    const query = this.#queries.get(collection) ?? new Query(collection, this.#port)
    this.#queries.set(collection, query)
    return query
  }

  /**
   * Shows what changed at once, and tells listeners at the end of the turn: a burst of changes is
   * one piece of news, and every query shows the new state before the first listener hears of it.
   */
  refresh(changedCollections: readonly string[]): void {
    const changed = new Set(changedCollections)
    const quiet = this.#news.size === 0
    for (const [collection, query] of this.#queries) {
      if (query.refresh(changed.has(collection))) this.#news.add(query)
    }
    if (quiet && this.#news.size > 0) this.#port.soon(() => this.#emit())
  }

  #emit(): void {
    const news = [...this.#news]
    this.#news.clear()
    for (const query of news) query.emit()
  }
}
