import { MAX_LIST_VALUES } from '../../../src/protocol/limits.ts'
import type { Query as WireQuery } from '../../../src/protocol/query.ts'
import type { Query } from '../queries/shared-query.ts'

type Watched = {
  readonly ids: ReadonlySet<string>
  readonly query: Query
  readonly stop: () => void
}

/** The records that conflicts are about, live, so that whoever resolves one has seen what it holds now. */
export class RecordWatch {
  readonly #ask: (query: WireQuery) => Query
  readonly #changed: () => void
  /** By collection, the newest last. An earlier one goes on until the newest has its rows. */
  readonly #watched = new Map<string, Watched[]>()

  constructor(ask: (query: WireQuery) => Query, changed: () => void) {
    this.#ask = ask
    this.#changed = changed
  }

  /** Watches these records and no others; of more than a query may name, the first. */
  want(records: Iterable<{ readonly collection: string; readonly record: string }>): void {
    const wanted = new Map<string, Set<string>>()
    for (const { collection, record } of records) {
      const ids = wanted.get(collection) ?? new Set()
      wanted.set(collection, ids)
      if (ids.size < MAX_LIST_VALUES) ids.add(record)
    }
    for (const collection of new Set([...this.#watched.keys(), ...wanted.keys()]))
      this.#watch(collection, wanted.get(collection) ?? new Set())
  }

  /** All that is watched has come, or never will. */
  get isReady(): boolean {
    return [...this.#watched.values()].every((list) => list.at(-1)?.query.getSnapshot().status !== 'loading')
  }

  /** Whether a watched record is known not to exist. */
  isGone(collection: string, record: string): boolean {
    const newest = this.#watched.get(collection)?.at(-1)
    if (!newest?.ids.has(record)) return false
    const { status, rows } = newest.query.getSnapshot()
    return status === 'ready' && rows.every((row) => row['id'] !== record)
  }

  #watch(collection: string, ids: ReadonlySet<string>): void {
    const list = this.#watched.get(collection) ?? []
    const newest = list.at(-1)
    if (ids.size === 0) {
      for (const { stop } of list) stop()
      this.#watched.delete(collection)
    } else if (newest && isSameSet(newest.ids, ids)) {
      if (newest.query.getSnapshot().status === 'ready')
        this.#watched.set(collection, this.#without(list, newest))
    } else {
      const query = this.#ask({ collection, where: ['in', 'id', [...ids].sort()] })
      this.#watched.set(collection, [...list, { ids, query, stop: query.subscribe(() => this.#changed()) }])
    }
  }

  #without(list: readonly Watched[], newest: Watched): Watched[] {
    for (const watched of list) if (watched !== newest) watched.stop()
    return [newest]
  }
}

function isSameSet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((id) => b.has(id))
}
