import type { Manifest } from '../../../src/protocol/manifest.ts'
import type { TextSlot } from '../api/text-rules.ts'
import type { RowSync } from '../api/types.ts'
import type { PendingEdit } from '../queue/pending-edit.ts'
import type { Asides } from './asides.ts'
import type { AuthorView, Known } from './author-view.ts'
import { Overlay, type RecordRef } from './overlay.ts'
import { keepIfSame } from './rows.ts'
import type { ReplicaRules } from './rules.ts'
import type { ShownRow } from './shown-row.ts'
import { Subscriptions } from './subscriptions.ts'
import { allShownIn, type Phase, shownIn, type View } from './view.ts'
import { type ViewChange, ViewChanges } from './view-changes.ts'
import { viewsOf } from './views-among.ts'

/**
 * The tenant as the client knows it, and as it shows it, per query:
 *
 *   own edits the rows lack   overlay        by record, replayed in their order
 *   the server's rows         view.held      complete up to a place, by the subscriptions
 *   ---------------------
 *   what is shown             view.instead   where own edits make a difference; else what is held
 *
 * - An own edit is over a view's rows from its making until they include it, not until its receipt; so a
 *   value never flickers, and a delta never counts twice.
 * - Frames and edits only note what they touch. `refresh` shows it, once for all that came together.
 * - A row that shows the same stays the same object, wherever it came from.
 */
export class Replica {
  /** What changed since the last refresh. */
  readonly #changes = new ViewChanges()
  readonly subscriptions = new Subscriptions(this.#changes)
  readonly #texts: TextSlot
  #overlay: Overlay

  #rules: ReplicaRules | undefined

  /** @param texts the means to change texts, which may come later */
  constructor(texts: TextSlot = {}) {
    this.#texts = texts
    this.#overlay = new Overlay(texts)
  }

  /** There is what is needed once there is a manifest: rows and own edits come after it. */
  equip(rules: ReplicaRules): void {
    this.#rules = rules
    this.subscriptions.equip(rules)
  }

  get asides(): Asides {
    return this.#overlay.asides
  }

  /** What the author of an edit sees of the tenant. */
  get authorView(): AuthorView {
    const { subscriptions } = this
    const [current, late]: [View[], View[]] = [[], []]
    for (const view of subscriptions.views.values())
      if (subscriptions.isCurrent(view)) current.push(view)
      else late.push(view)
    return new this.#given.AuthorView(this.#overlay, subscriptions.manifest, current, late)
  }

  /** Hears which rows may be others from now on. */
  set noted(noted: (view: View, id: string) => void) {
    this.#changes.noted = noted
  }

  get #given(): ReplicaRules {
    if (!this.#rules) throw new Error('a replica is equipped before anything is edited')
    return this.#rules
  }

  /** Are the rows of a query those of the cursor? */
  isCurrent(key: string): boolean {
    return this.subscriptions.isCurrent(this.subscriptions.views.get(key))
  }

  /** How the query stands with the server. */
  phaseOf(key: string): Phase {
    return this.subscriptions.views.get(key)?.phase ?? { is: 'idle' }
  }

  /** What a query shows; not sorted, and not cut to its limit. */
  shown(key: string): ShownRow[] {
    const view = this.subscriptions.views.get(key)
    return view ? allShownIn(view) : []
  }

  /** A record as the query shows it that has most of it. */
  get(collection: string, id: string): ShownRow | undefined {
    const rows = viewsOf(this.subscriptions.views, collection).flatMap((view) => shownIn(view, id) ?? [])
    return rows.reduce<ShownRow | undefined>(
      (most, row) => (most && Object.keys(most).length >= Object.keys(row).length ? most : row),
      undefined,
    )
  }

  /** How the own edits of a record stand. */
  syncOf(record: RecordRef): RowSync {
    return this.#overlay.syncOf(record)
  }

  /** A new session, of the log that is held or another. */
  welcome(epoch: string, manifest: Manifest | undefined): void {
    this.asides.forget()
    if (this.subscriptions.welcome(epoch, manifest)) this.#overlay.begunAnew(epoch)
  }

  /**
   * Somebody else uses the page, who may see other things: nothing of what is held is shown any more.
   *
   * @param entries their own edits
   */
  beginAnew(entries: Iterable<PendingEdit>): void {
    this.subscriptions.forget()
    this.#overlay = new Overlay(this.#texts)
    for (const entry of entries) this.#overlay.changed(entry)
  }

  /** An own edit is new, or its progress changed. */
  editChanged(entry: PendingEdit): void {
    this.#overlay.changed(entry)
  }

  /** Brings what is shown up to date. Returns what changed, by the keys of queries. */
  refresh(): Map<string, ViewChange> {
    const views = [...this.subscriptions.views.values()]
    this.#overlay.moved(views.flatMap(({ held }) => held?.base ?? []))
    const records = this.#overlay.takeDirty()
    for (const [view, id] of this.#changes.touched()) {
      const record = { collection: view.collection, id }
      if (view.instead.has(id) || this.#overlay.has(record)) records.push(record)
    }
    for (const record of records) this.#show(record)
    for (const view of this.#changes.begunAnew) this.#showAll(view)
    return this.#changes.take()
  }

  #show(record: RecordRef): void {
    const known = this.#overlay.has(record) ? this.authorView.known(record) : undefined
    for (const view of viewsOf(this.subscriptions.views, record.collection)) this.#showIn(view, record, known)
  }

  /** All of what a view holds is other rows. */
  #showAll(view: View): void {
    const { collection, instead } = view
    const ids = [...instead.keys(), ...this.#overlay.recordsOf(collection).map(({ id }) => id)]
    if (ids.length === 0) return
    const { authorView: sight } = this
    for (const id of new Set(ids)) this.#showIn(view, { collection, id }, sight.known({ collection, id }))
  }

  #showIn(view: View, record: RecordRef, known: Known | undefined): void {
    const { id } = record
    const { held, instead } = view
    this.#changes.touch(view, id)
    const { manifest } = this.subscriptions
    const row = this.#given.rowInView(view, record, { overlay: this.#overlay, manifest, known })
    const shown = row && keepIfSame(instead.get(id), row)
    if (row !== held?.rows.get(id)) {
      instead.set(id, shown)
      return
    }
    // The row says the same as what was shown in its place, which stays the object that is shown.
    if (held && shown) held.rows.set(id, shown)
    instead.delete(id)
  }
}
