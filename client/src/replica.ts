import { findCollection } from '../../src/core/application.ts'
import type { Page, Part } from '../../src/protocol/down.ts'
import type { WireError } from '../../src/protocol/errors.ts'
import type { Manifest } from '../../src/protocol/manifest.ts'
import type { Up } from '../../src/protocol/up.ts'
import type { Row } from '../../src/protocol/value.ts'
import { type Hidden, hiddenBy } from './hidden.ts'
import { Overlay, type RecordRef } from './overlay.ts'
import type { PendingEdit, Place } from './pending-edit.ts'
import { replay } from './replay.ts'
import { keepIfSame, SETTLED, type ShownRow, shownRow } from './rows.ts'
import { applyPart, applySnapshot, newView, type Phase, pageRows, type View } from './view.ts'

/** What became of a frame: applied, of no use any more, or not the continuation of what is held. */
export type Applied = 'applied' | 'ignored' | 'gap'

/**
 * What the client knows of the tenant: per collection the server's rows, and over them the own
 * edits the rows lack, replayed in order.
 *
 * One cursor holds for all live views of a session. Rows are applied only if they begin at it, so a
 * lost, repeated or late frame is always noticed. A view whose rows could not be brought to the
 * cursor keeps showing them, as of its own place, until a snapshot replaces them.
 */
export class Replica {
  readonly #overlay = new Overlay()
  readonly #views = new Map<string, View>()
  #manifest: Manifest | undefined
  #epoch: string | undefined
  #cursor: number | undefined
  #lastSubscription = 0
  /** Subscriptions to end on the wire. */
  #ending: number[] = []
  /** Records that rows have touched since the last refresh. */
  #touched: RecordRef[] = []
  /** Collections that look different since the last refresh. */
  readonly #changed = new Set<string>()

  get manifest(): Manifest | undefined {
    return this.#manifest
  }

  get epoch(): string | undefined {
    return this.#epoch
  }

  get cursor(): number | undefined {
    return this.#cursor
  }

  /** Has every wanted view been answered in full? */
  get caughtUp(): boolean {
    return [...this.#views.values()].every(({ phase }) => phase.is === 'live' || phase.is === 'refused')
  }

  /** Are the collection's rows those of the cursor, so that an edit's context speaks for them? */
  holds(collection: string): boolean {
    const view = this.#views.get(collection)
    return view !== undefined && this.#isAtCursor(view)
  }

  /** What own edits hide of a record that is held. */
  hidden(record: RecordRef): Hidden {
    const held = this.#views.get(record.collection)?.held
    const description = this.#manifest && findCollection(this.#manifest, record.collection)
    if (!held || !description) return {}
    const { base, rows } = held
    return hiddenBy(this.#overlay.lacking(record, base), description, rows.get(record.id), base)
  }

  /** Why the server will not serve the collection, if it said so. */
  refusalOf(collection: string): WireError | undefined {
    const phase = this.#views.get(collection)?.phase
    return phase?.is === 'refused' ? phase.error : undefined
  }

  shown(collection: string): ReadonlyMap<string, ShownRow> {
    return this.#views.get(collection)?.shown ?? new Map()
  }

  /** Starts keeping a collection. Goes up with the next `outgoing`. */
  want(collection: string): void {
    if (!this.#views.has(collection)) this.#views.set(collection, newView(collection))
  }

  unwant(collection: string): void {
    const view = this.#views.get(collection)
    if (!view) return
    this.#end(view)
    this.#views.delete(collection)
    this.#changed.add(collection)
  }

  /** A new session. Returns true when its log is another than the one held. */
  welcome(epoch: string, manifest: Manifest | undefined): boolean {
    const rewound = this.#epoch !== undefined && this.#epoch !== epoch
    // Columns may be others now, so what is held cannot be brought forward by patches.
    const otherColumns = manifest !== undefined && manifest.hash !== this.#manifest?.hash
    if (rewound || otherColumns) this.reset()
    this.#epoch = epoch
    this.#manifest = manifest ?? this.#manifest
    return rewound
  }

  /** Nothing held can be brought forward. It is shown until snapshots replace it. */
  reset(): void {
    this.#cursor = undefined
    this.resync()
  }

  /** The connection is gone, and with it what was under way. */
  disconnected(): void {
    for (const view of this.#views.values()) view.phase = { is: 'idle' }
    this.#ending = []
  }

  /** Asks for every view anew; those at the cursor resume from it. */
  resync(): void {
    for (const view of this.#views.values()) this.#end(view)
  }

  /** The frames that bring the server's subscriptions in line with what is wanted. */
  outgoing(): Up[] {
    const ended = this.#ending.map((id): Up => ['unsubscribe', { id }])
    this.#ending = []
    const begun: Up[] = []
    for (const view of this.#views.values()) {
      if (view.phase.is !== 'idle') continue
      const id = ++this.#lastSubscription
      const resuming = this.#isAtCursor(view)
      view.phase = { is: 'asked', subscription: id, resuming }
      const resume = resuming && view.held ? { resume: view.held.base } : {}
      begun.push(['subscribe', { id, collection: view.collection, ...resume }])
    }
    return [...ended, ...begun]
  }

  /** The server will not serve a subscription. Returns false when there is none of that number. */
  refused(subscription: number, error: WireError): boolean {
    const view = [...this.#views.values()].find(
      ({ phase }) => phase.is === 'asked' && phase.subscription === subscription,
    )
    if (view) view.phase = { is: 'refused', error }
    return view !== undefined
  }

  named(subscription: number, view: number, columns: readonly string[]): void {
    for (const candidate of this.#views.values()) {
      const { phase } = candidate
      if (phase.is === 'asked' && phase.subscription === subscription) {
        candidate.phase = { is: 'named', subscription, view, columns }
      }
    }
  }

  page(page: Page): Applied {
    const view = this.#find(page.view)
    if (view?.phase.is !== 'named' && view?.phase.is !== 'paging') return 'ignored'
    const { phase } = view
    if (phase.is === 'named') {
      if (!this.#established()) this.#cursor = page.seq
      else if (page.seq !== this.#cursor) return 'gap'
    }
    const paging = phase.is === 'paging' ? phase : { ...phase, is: 'paging' as const, rows: [], later: [] }
    paging.rows.push(...pageRows(paging.columns, page))
    view.phase = paging
    if (page.last) this.#becomeLive(view, paging)
    return 'applied'
  }

  rows(from: number, to: number, parts: readonly Part[]): Applied {
    const views = [...this.#views.values()]
    // What still arrives for subscriptions given up in a resync.
    if (views.some(({ phase }) => phase.is === 'asked' && phase.resuming)) return 'ignored'
    const resumed = views.filter((view) => view.phase.is === 'named' && this.#isAtCursor(view))
    const bound = this.#established() || resumed.length > 0
    if (bound && from !== this.#cursor) return 'gap'
    for (const view of resumed) {
      if (view.phase.is === 'named') view.phase = { ...view.phase, is: 'live' }
    }
    this.#cursor = to
    const base = this.#place()
    for (const part of parts) this.#applyPart(part)
    for (const view of views) {
      if (view.phase.is === 'live' && view.held) view.held = { ...view.held, base }
    }
    return 'applied'
  }

  /** An own edit is new, or its progress changed. */
  editChanged(entry: PendingEdit): void {
    this.#overlay.changed(entry)
  }

  /** Brings what is shown up to date. Returns the collections that look different. */
  refresh(): string[] {
    this.#overlay.moved([...this.#views.values()].flatMap(({ held }) => held?.base ?? []))
    for (const record of [...this.#touched, ...this.#overlay.takeDirty()]) this.#show(record)
    this.#touched = []
    const changed = [...this.#changed]
    this.#changed.clear()
    return changed
  }

  #applyPart(part: Part): void {
    const view = this.#find(part[0])
    if (view?.phase.is === 'paging') view.phase.later.push(part)
    if (view?.phase.is !== 'live' || !view.held) return
    const { collection } = view
    for (const id of applyPart(view.held.rows, view.phase.columns, part))
      this.#touched.push({ collection, id })
  }

  #becomeLive(
    view: View,
    { subscription, view: number, columns, rows, later }: Extract<Phase, { is: 'paging' }>,
  ): void {
    const held = applySnapshot(view.held?.rows, rows)
    for (const part of later) applyPart(held, columns, part)
    view.held = { base: this.#place(), rows: held }
    view.phase = { is: 'live', subscription, view: number, columns }
    this.#showAnew(view)
  }

  #showAnew(view: View): void {
    const { collection } = view
    const previous = new Map(view.shown)
    view.shown.clear()
    for (const [id, row] of view.held?.rows ?? []) view.shown.set(id, keepIfSame(previous.get(id), row))
    this.#changed.add(collection)
    for (const record of this.#overlay.recordsOf(collection)) this.#show(record, previous.get(record.id))
  }

  #show(record: RecordRef, before?: ShownRow): void {
    const { collection, id } = record
    const view = this.#views.get(collection)
    if (!view) return
    const previous = view.shown.get(id) ?? before
    const row = this.#compute(view, record)
    if (row) view.shown.set(id, keepIfSame(previous, row))
    else view.shown.delete(id)
    if (view.shown.get(id) !== previous) this.#changed.add(collection)
  }

  #compute(view: View, record: RecordRef): ShownRow | undefined {
    const { held } = view
    if (!held) return undefined
    const description = this.#manifest && findCollection(this.#manifest, record.collection)
    const sync = this.#overlay.syncOf(record)
    const row = held.rows.get(record.id)
    const own = this.#overlay.lacking(record, held.base)
    if (row && own.length === 0 && sync === SETTLED) return row
    let values: Row | undefined = row
    if (description) for (const { op } of own) values = replay(description, values, op)
    return values && shownRow(values, sync)
  }

  #end(view: View): void {
    if (view.phase.is !== 'idle' && view.phase.is !== 'refused') this.#ending.push(view.phase.subscription)
    view.phase = { is: 'idle' }
  }

  /** Does any view follow the session's cursor? */
  #established(): boolean {
    return [...this.#views.values()].some(({ phase }) => phase.is === 'live' || phase.is === 'paging')
  }

  #isAtCursor({ held }: View): boolean {
    return held !== undefined && held.base.epoch === this.#epoch && held.base.seq === this.#cursor
  }

  #find(number: number): View | undefined {
    return [...this.#views.values()].find(({ phase }) => 'view' in phase && phase.view === number)
  }

  #place(): Place {
    if (this.#epoch === undefined || this.#cursor === undefined) throw new Error('rows came before welcome')
    return { epoch: this.#epoch, seq: this.#cursor }
  }
}
