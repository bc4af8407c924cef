import type { WireError } from '../../../src/protocol/errors.ts'
import type { HistoryItem, HistoryPage, HistoryPlace } from '../../../src/protocol/history.ts'
import type { Guard } from '../api/guard.ts'
import type { HistorySnapshot } from '../api/history.ts'
import { Listeners } from '../api/observable.ts'
import type { EditHandle, EditOptions, RowSync } from '../api/types.ts'
import type { Environment } from '../environment/environment.ts'
import type { Query } from '../queries/shared-query.ts'
import { type Item, refreshed, toItems } from './items.ts'

/** The rest of the client, as the history of a record takes it. */
export type HistorySource = {
  readonly soon: Environment['soon']
  readonly guard: Guard
  /** Shows the record, so that its changes are told. */
  readonly query: Query
  /** How own edits of the record stand. */
  readonly sync: () => RowSync
  readonly isLive: () => boolean
  readonly read: (before?: HistoryPlace) => Promise<HistoryPage | WireError>
  readonly undo: (item: HistoryItem, options?: EditOptions) => EditHandle
  /** Nobody listens any more. */
  readonly released: () => void
}

export type Snapshot = Omit<HistorySnapshot<object>, 'items'> & { readonly items: readonly Item[] }

export const UNREAD: Snapshot = Object.freeze({
  items: Object.freeze([]),
  status: 'loading',
  older: 'none',
  deleted: false,
})

/**
 * The past of a record while somebody listens. It is read again when the record changes, when an own edit of it is
 * accepted or committed, and when the connection is live again: never by the clock, and one question at a time.
 */
export class LiveHistory {
  readonly #source: HistorySource
  readonly #listeners: Listeners<Snapshot>
  #stop: (() => void) | undefined
  #items: readonly HistoryItem[] = []
  #next: HistoryPlace | undefined
  #snapshot = UNREAD
  #sync: RowSync | undefined
  #wasLive = false
  #reading = false
  #isStale = false

  constructor(source: HistorySource) {
    this.#source = source
    this.#listeners = new Listeners(source.guard)
  }

  get snapshot(): Snapshot {
    return this.#snapshot
  }

  subscribe(listener: (snapshot: Snapshot) => void): () => void {
    const stop = this.#listeners.add(listener)
    this.#begin()
    return () => {
      if (stop()) this.#source.soon(() => this.#release())
    }
  }

  /** Something has happened to the client: is it news for this record? */
  told(): void {
    const { sync, isLive } = this.#source
    const [before, now] = [this.#sync, sync()]
    const [wasLive, live] = [this.#wasLive, isLive()]
    this.#sync = now
    this.#wasLive = live
    const isSettled = before && (before.pending !== now.pending || before.committing !== now.committing)
    if ((isSettled && !now.pending) || (live && !wasLive && before)) this.#refresh()
  }

  more(): void {
    const { status, older } = this.#snapshot
    // Without a place to go on from, nothing has been told yet of what there is.
    const isUnread = older === 'unavailable' && !this.#next
    if (status === 'error' || isUnread) this.#refresh()
    else if (this.#next && !this.#reading) void this.#readOlder(this.#next)
  }

  #begin(): void {
    if (this.#stop) return
    const { query } = this.#source
    const changed = () => {
      if (query.getSnapshot().status !== 'loading') this.#refresh()
    }
    this.#stop = query.subscribe(changed)
    this.told()
    changed()
  }

  #release(): void {
    if (this.#listeners.size > 0) return
    this.#stop?.()
    this.#stop = undefined
    this.#source.released()
  }

  #refresh(): void {
    this.#isStale = true
    if (!this.#reading) void this.#readNewest()
  }

  async #readNewest(): Promise<void> {
    this.#reading = true
    while (this.#isStale && this.#stop) {
      this.#isStale = false
      const page = await this.#source.read()
      if ('code' in page) this.#fail(page)
      else {
        const { items, isWhole } = refreshed(this.#items, page.items)
        const keepsEnd = isWhole && page.older !== 'none'
        this.#items = keepsEnd ? items : page.items
        if (!keepsEnd) this.#next = page.next
        const hasEnd = keepsEnd && this.#snapshot.older === 'none'
        this.#show(hasEnd ? 'none' : page.older, page.row === null)
      }
    }
    this.#reading = false
  }

  async #readOlder(before: HistoryPlace): Promise<void> {
    this.#reading = true
    const page = await this.#source.read(before)
    if ('code' in page) this.#fail(page)
    else {
      this.#items = [...this.#items, ...page.items]
      this.#next = page.next
      this.#show(page.older, page.row === null)
    }
    this.#reading = false
    if (this.#isStale) void this.#readNewest()
  }

  #show(older: Snapshot['older'], deleted: boolean): void {
    const items = toItems(this.#items, this.#source.undo)
    this.#tell({ items, status: 'ready', older, deleted })
  }

  /** What was read before stays. */
  #fail(error: WireError): void {
    const { error: _, ...held } = this.#snapshot
    this.#tell({ ...held, status: 'error', error })
  }

  #tell(snapshot: Snapshot): void {
    this.#snapshot = Object.freeze(snapshot)
    this.#listeners.emit(this.#snapshot)
  }
}
