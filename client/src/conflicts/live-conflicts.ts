import type { Query as WireQuery } from '../../../src/protocol/query.ts'
import type { ConflictsSnapshot } from '../api/conflicts.ts'
import type { EditHandle, EditOptions } from '../api/edit-handle.ts'
import type { Guard } from '../api/guard.ts'
import { Listeners } from '../api/observable.ts'
import type { Composer } from '../edits/composer.ts'
import type { Environment } from '../environment/environment.ts'
import type { Query } from '../queries/shared-query.ts'
import type { ShownRow } from '../replica/shown-row.ts'
import { fold } from './fold.ts'
import { type Held, type Made, toItem } from './items.ts'
import { type LostRow, readLostRow } from './lost-row.ts'
import { RecordWatch } from './record-watch.ts'
import type { ResolvePort } from './resolve.ts'
import type { Reader } from './sides.ts'

/** The rest of the client, as conflicts take it. */
export type ConflictsPort = {
  readonly query: (query: WireQuery) => Query
  readonly get: (collection: string, id: string) => ShownRow | undefined
  readonly edit: (compose: (composer: Composer) => void, options?: EditOptions) => EditHandle
  readonly reader: () => Reader
  readonly soon: Environment['soon']
  readonly guard: Guard
}

/** The state of what nobody listens to, which shows nothing. */
export const UNHEARD: ConflictsSnapshot = Object.freeze({ items: Object.freeze([]), status: 'loading' })

/** Some of the conflicts while somebody listens: folded, with the records that they are about. */
export class LiveConflicts {
  readonly #port: ConflictsPort
  readonly #query: Query
  readonly #released: () => void
  readonly #listeners: Listeners<ConflictsSnapshot>
  readonly #records: RecordWatch
  readonly #resolving: ResolvePort
  /** What rows say, read once for each. */
  readonly #read = new WeakMap<ShownRow, LostRow>()
  #made = new Map<string, Made>()
  #snapshot = UNHEARD
  #stop: (() => void) | undefined

  /** @param released called when nobody listens any more */
  constructor(port: ConflictsPort, query: WireQuery, released: () => void) {
    this.#port = port
    this.#query = port.query(query)
    this.#released = released
    this.#listeners = new Listeners(port.guard)
    this.#records = new RecordWatch(port.query, () => this.#tell())
    this.#resolving = {
      edit: port.edit,
      isGone: (collection, record) => this.#records.isGone(collection, record),
      isHeld: () => this.#stop !== undefined,
    }
  }

  get snapshot(): ConflictsSnapshot {
    if (this.#stop) this.#refresh()
    return this.#snapshot
  }

  subscribe(listener: (snapshot: ConflictsSnapshot) => void): () => void {
    const stop = this.#listeners.add(listener)
    if (!this.#stop) {
      this.#stop = this.#query.subscribe(() => this.#tell())
      this.#follow()
    }
    return () => {
      // A page that is left for another often listens to the same again in the same turn.
      if (stop()) this.#port.soon(() => this.#release())
    }
  }

  #release(): void {
    if (this.#listeners.size > 0 || !this.#stop) return
    this.#stop()
    this.#stop = undefined
    this.#records.want([])
    this.#released()
  }

  #tell(): void {
    const before = this.#snapshot
    this.#follow()
    const now = this.snapshot
    if (now !== before) this.#listeners.emit(now, () => this.#snapshot === now)
  }

  #refresh(): void {
    const { status, error } = this.#query.getSnapshot()
    const folded = fold(this.#rows)
    const reader = this.#port.reader()
    const before = this.#made
    this.#made = new Map(
      folded.map((one) => {
        const held = this.#held(one.rows[0])
        return [one.key, toItem(one, held, reader, this.#resolving, before.get(one.key))]
      }),
    )
    const items = [...this.#made.values()].map(({ item }) => item)
    const isReady = status === 'ready' && this.#records.isReady
    const next: ConflictsSnapshot = {
      items,
      status: status === 'error' ? 'error' : isReady ? 'ready' : 'loading',
      ...(error && { error }),
    }
    if (!isSame(this.#snapshot, next)) this.#snapshot = Object.freeze(next)
  }

  /** Holds the records of those that are open. */
  #follow(): void {
    this.#records.want(this.#rows.filter(({ state }) => state === 'open'))
  }

  get #rows(): LostRow[] {
    return this.#query.getSnapshot().rows.map((row) => {
      const read = this.#read.get(row) ?? readLostRow(row)
      this.#read.set(row, read)
      return read
    })
  }

  #held({ collection, record }: LostRow): Held {
    const row = this.#port.get(collection, record)
    if (row) return { row }
    return this.#records.isGone(collection, record) ? 'gone' : 'unknown'
  }
}

function isSame(a: ConflictsSnapshot, b: ConflictsSnapshot): boolean {
  return (
    a.status === b.status &&
    a.error === b.error &&
    a.items.length === b.items.length &&
    a.items.every((item, i) => item === b.items[i])
  )
}
