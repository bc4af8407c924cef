import type { Page } from '../../../src/protocol/down/page.ts'
import type { Part } from '../../../src/protocol/down/rows.ts'
import type { WireError } from '../../../src/protocol/errors.ts'
import type { Manifest } from '../../../src/protocol/manifest.ts'
import type { Query } from '../../../src/protocol/query.ts'
import type { Priority } from '../../../src/protocol/up/priority.ts'
import type { Up } from '../../../src/protocol/up/up.ts'
import type { LogPosition } from '../queue/pending-edit.ts'
import type { DigestCheck, Digests } from './digest-check.ts'
import type { ReplicaRules } from './rules.ts'
import type { ShownRow } from './shown-row.ts'
import {
  addPage,
  applyPart,
  type Held,
  type Named,
  newView,
  type Phase,
  type Shelf,
  type View,
} from './view.ts'
import type { ViewChanges } from './view-changes.ts'
import { isAnyEstablished, resumedViews, viewOfNumber, viewOfSubscription } from './views-among.ts'

/** The fate of a frame: applied, of no use any more, or not the continuation of what is held. */
export type Applied = 'applied' | 'ignored' | 'gap'

/**
 * The server's rows, per query, and how they are brought forward. A view on one connection:
 *
 *   idle --outgoing--> asked --named--> named --page--> paging --last page--> live
 *     ^                                   |                                    |  rows
 *     |                                   +------- rows, if it resumes ------->+<--+
 *     +---- the connection or the view ends, or what is held is not to be gone on from
 *
 * `refused` and `evicted` are answers as well; out of the latter the server brings a view back by naming it.
 *
 * - One cursor holds for all live views of a session. Rows are applied only if they begin at it, so a lost,
 *   repeated or late frame is always noticed.
 * - What a view holds is complete up to its own place. It is resumed from where that is the cursor; anywhere
 *   else it is shown, as of its place, until a snapshot replaces it.
 */
export class Subscriptions {
  readonly #views = new Map<string, View>()
  /** By the key of their query. */
  readonly views: ReadonlyMap<string, View> = this.#views
  readonly #changes: ViewChanges
  #manifest: Manifest | undefined
  #epoch: string | undefined
  #cursor: number | undefined
  #lastSubscription = 0
  /** Subscriptions to end on the wire. */
  #ending: number[] = []
  #rules: ReplicaRules | undefined
  /** Rows of earlier visits, if there is a disk. */
  shelf: Shelf | undefined

  /** @param changes is told what may look different */
  constructor(changes: ViewChanges) {
    this.#changes = changes
  }

  /** There is what judges queries and rows. */
  equip(rules: ReplicaRules): void {
    this.#rules = rules
  }

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
    return [...this.#views.values()].every(
      ({ phase }) => phase.is === 'live' || phase.is === 'refused' || phase.is === 'evicted',
    )
  }

  /** Are the rows of a view those of the cursor? */
  isCurrent(view: View | undefined): boolean {
    return this.#isCursor(view?.held?.base)
  }

  #isCursor(base: LogPosition | undefined): boolean {
    return base !== undefined && base.epoch === this.#epoch && base.seq === this.#cursor
  }

  /** Starts keeping what a query shows. Goes up with the next `outgoing`. */
  want(key: string, query: Query, priority: Priority): void {
    if (this.#views.has(key)) return
    const view = newView(key, query, priority)
    this.#views.set(key, view)
    this.#rest(view)
    this.#findOnShelf(view)
  }

  /** What the disk knows of the tenant, before the server's first word. */
  restore({
    epoch,
    cursor,
    manifest,
  }: {
    epoch: string
    cursor: number | undefined
    manifest: Manifest
  }): void {
    this.#epoch = epoch
    this.#cursor = cursor
    this.#manifest = manifest
    for (const view of this.#views.values()) {
      this.#rest(view)
      this.#findOnShelf(view)
    }
  }

  /** The server, or the time, has confirmed rows of an earlier visit: they are shown. */
  prove(view: View): void {
    if (view.unproven) this.#show(view, view.unproven)
  }

  #findOnShelf(view: View): void {
    const found = this.shelf?.take(view.key)
    if (!found) return
    if (found.mayShow) this.#show(view, found.held)
    else view.unproven = found.held
  }

  #show(view: View, held: Held): void {
    view.held = held
    view.unproven = undefined
    this.#changes.anew(view)
  }

  unwant(key: string): void {
    const view = this.#views.get(key)
    if (!view) return
    this.#end(view)
    this.#views.delete(key)
    this.#changes.anew(view)
  }

  /** A new session. Returns whether it is of another log than the one that is held. */
  welcome(epoch: string, manifest: Manifest | undefined): boolean {
    const rewound = this.#epoch !== undefined && this.#epoch !== epoch
    // Columns may be others now, so what is held cannot be brought forward by patches.
    const otherColumns = manifest !== undefined && manifest.hash !== this.#manifest?.hash
    if (rewound || otherColumns) this.reset()
    this.#epoch = epoch
    this.#manifest = manifest ?? this.#manifest
    for (const view of this.#views.values()) this.#rest(view)
    return rewound
  }

  /** Nothing held can be brought forward. It is shown until snapshots replace it. */
  reset(): void {
    this.#cursor = undefined
    for (const view of this.#views.values()) this.#end(view)
  }

  /** Nothing held is shown any more, nor is anything known of the log. */
  forget(): void {
    this.reset()
    this.#manifest = this.#epoch = undefined
    this.#changes.take()
    for (const view of this.#views.values()) {
      view.unproven = undefined
      view.held = undefined
      view.instead.clear()
      this.#changes.anew(view)
    }
  }

  /** The connection is gone, and with it what was under way. */
  disconnected(): void {
    for (const view of this.#views.values()) this.#rest(view)
    this.#ending = []
  }

  /** The frames that bring the server's subscriptions in line with what is wanted. */
  outgoing(): Up[] {
    const ended = this.#ending.map((id): Up => ['unsubscribe', { id }])
    this.#ending = []
    // While others go on, the cursor is theirs, and one that begins anew cannot move it back.
    const mayResume = !isAnyEstablished(this.#views)
    const begun: Up[] = []
    for (const view of this.#views.values()) {
      if (view.phase.is !== 'idle') continue
      const id = ++this.#lastSubscription
      const { query, priority, held = view.unproven } = view
      const resuming = mayResume && held !== undefined && this.#isCursor(held.base)
      view.phase = { is: 'asked', subscription: id, resuming }
      const resume = resuming ? { resume: { ...held.base, resumeToken: held.resumeToken } } : {}
      begun.push(['subscribe', { id, query, ...(priority !== 'medium' && { priority }), ...resume }])
    }
    return [...ended, ...begun]
  }

  /** The server will not serve a subscription. Returns false when there is none of that number. */
  refused(subscription: number, error: WireError): boolean {
    const view = viewOfSubscription(this.#views, subscription)
    if (view) {
      view.phase = { is: 'refused', error }
      view.unproven = undefined
    }
    return view !== undefined
  }

  /** A subscription gave way to others. */
  evicted(subscription: number): void {
    const view = viewOfSubscription(this.#views, subscription)
    if (view) view.phase = { is: 'evicted', subscription }
  }

  /** The server names a view: rows follow, or a snapshot that replaces what is held. */
  named({ resumed, ...named }: Named & { readonly resumed?: true | undefined }): void {
    const view = viewOfSubscription(this.#views, named.subscription)
    if (!view) return
    view.phase = { ...named, is: 'named', resumed: resumed === true }
    if (resumed) this.prove(view)
    view.unproven = undefined
  }

  /** Has a view been named that goes on from the cursor, and not been told yet what it missed? */
  get awaitsRows(): boolean {
    return resumedViews(this.#views).length > 0
  }

  page(page: Page): Applied {
    const view = viewOfNumber(this.#views, page.view)
    if (view?.phase.is !== 'named' && view?.phase.is !== 'paging') return 'ignored'
    const { phase } = view
    if (phase.is === 'named') {
      if (!isAnyEstablished(this.#views)) this.#cursor = page.seq
      else if (page.seq !== this.#cursor) return 'gap'
    }
    const { total } = page
    const begun = { ...phase, is: 'paging' as const, rows: new Map<string, ShownRow>(), later: [], total }
    const paging = phase.is === 'paging' ? phase : begun
    addPage(paging.rows, page, paging.columns, view.held?.rows)
    view.phase = paging
    if (page.last) this.#becomeLive(view, paging)
    return 'applied'
  }

  rows(from: number, to: number, parts: readonly Part[]): Applied {
    const views = [...this.#views.values()]
    const isBound = isAnyEstablished(this.#views)
    const resumed = resumedViews(this.#views)
    if ((isBound || resumed.length > 0) && from !== this.#cursor) return 'gap'
    for (const view of resumed) {
      if (view.phase.is !== 'named' || !view.held) continue
      const { resumed: _, ...named } = view.phase
      view.held = { ...view.held, columns: named.columns, resumeToken: named.resumeToken }
      view.phase = { ...named, is: 'live' }
    }
    this.#cursor = to
    const base = this.#place()
    for (const part of parts) this.#applyPart(part)
    for (const view of views) {
      if (view.phase.is === 'live' && view.held) view.held = { ...view.held, base }
    }
    return 'applied'
  }

  /** Comparisons of what live views hold with what the server says they do, still to be made. */
  checks(seq: number, digests: Digests): DigestCheck[] {
    if (seq !== this.#cursor || !this.#rules) return []
    return this.#rules.checksOf(digests, (number) => viewOfNumber(this.#views, number))
  }

  /** A view that was checked is another than the server's: it is asked for anew. Returns its query, if it is there. */
  differs({ view, phase }: DigestCheck): Query | undefined {
    if (view.phase !== phase || !view.held) return undefined
    // Not at any place: so it is not resumed from, and is shown until a snapshot replaces it.
    view.held = { ...view.held, base: { epoch: '', seq: 0 } }
    this.#end(view)
    return view.query
  }

  #applyPart(part: Part): void {
    const view = viewOfNumber(this.#views, part[0])
    if (view?.phase.is === 'paging') view.phase.later.push(part)
    if (view?.phase.is !== 'live' || !view.held) return
    applyPart(view.held.rows, view.phase.columns, part, (id) => this.#changes.touch(view, id))
  }

  #becomeLive(view: View, { rows, later, total: _, ...paging }: Extract<Phase, { is: 'paging' }>): void {
    const { columns, resumeToken } = paging
    for (const part of later) applyPart(rows, columns, part)
    view.held = { base: this.#place(), rows, columns, resumeToken }
    view.phase = { ...paging, is: 'live' }
    this.#changes.anew(view)
  }

  #end(view: View): void {
    const { phase } = view
    if (phase.is !== 'idle' && phase.is !== 'refused') this.#ending.push(phase.subscription)
    this.#rest(view)
  }

  /** To be asked for; or never, because there is no such column, or none that holds such a value. */
  #rest(view: View): void {
    const error = this.#manifest && this.#rules?.queryFault(this.#manifest, view.query)
    view.phase = error ? { is: 'refused', error } : { is: 'idle' }
  }

  #place(): LogPosition {
    if (this.#epoch === undefined || this.#cursor === undefined) throw new Error('rows came before welcome')
    return { epoch: this.#epoch, seq: this.#cursor }
  }
}
