import { includes, type PendingEdit } from '../queue/pending-edit.ts'
import type { Owner } from '../queue/people.ts'
import type { Replica } from '../replica/replica.ts'
import type { Held, View } from '../replica/view.ts'
import type { Batch, Kept, KeptClient, KeptEdit, KeptEdits, KeptRefusal, KeptView, RowsOf } from './disk.ts'

/** Queries whose rows are kept: the screens of a long day. Those that were shown longest ago go first. */
export const MAX_KEPT_VIEWS = 64

type Port = {
  readonly owner: Owner
  readonly replica: Replica
  /** Until when rows that are live now may be shown. */
  readonly until: () => number
  /** The refused edits that nobody has dealt with, by id. */
  readonly refused: ReadonlyMap<string, KeptRefusal>
}

/** A view as the disk has it. */
type StoredView = { readonly id: number; held?: Held }

/**
 * The account of what the disk has of a client, and what it lacks. Marks are made as things change; a batch is taken at one moment,
 * so that rows, cursor, verdicts and acknowledgement of it are of one state.
 *
 *   takeEdits      edits that the disk has not: they may not go up before it has
 *   takeRest       all else, in one batch
 *   takeRefusals   the only other thing that a page writes where another page of its browser writes the rest
 */
export class Ledger {
  readonly #port: Port
  #anew = true
  /** As the disk has it. */
  #client: KeptClient | undefined
  #manifest: string | undefined
  /** What the disk has of an edit: its n, and how it stood. */
  readonly #edits = new Map<PendingEdit, { readonly n: number; readonly sign: string }>()
  readonly #changed = new Set<PendingEdit>()
  #refused = new Set<string>()
  readonly #views = new Map<string, StoredView>()
  /** Until when a query's rows may be shown, as of when they were live last. */
  readonly #until = new Map<string, number>()
  readonly #rows = new Map<View, Set<string>>()
  #dropped: number[] = []
  /** Edits of the disk that have ended. */
  #ended: readonly number[] = []
  #lastView = 0
  /** False where there is no room for rows. */
  keepsRows = true

  /** @param kept what the store was found with, and `entries` the edits made of it; absent when it begins anew */
  constructor(port: Port, kept?: Kept, entries: readonly PendingEdit[] = []) {
    this.#port = port
    if (kept && !kept.lost) this.#continue(kept, entries)
    else for (const entry of port.owner.queue.entries) this.#changed.add(entry)
  }

  editChanged(entry: PendingEdit): void {
    this.#changed.add(entry)
  }

  rowNoted(view: View, id: string): void {
    const ids = this.#rows.get(view) ?? new Set()
    this.#rows.set(view, ids.add(id))
  }

  /** The disk has nothing any more: all is written again. */
  reset(): void {
    this.#anew = true
    this.#client = undefined
    this.#manifest = undefined
    this.#edits.clear()
    this.#refused.clear()
    this.#views.clear()
    this.#dropped = []
    for (const entry of this.#port.owner.queue.entries) this.#changed.add(entry)
  }

  /** There is no room for rows: none is kept from now on. Returns the batch that deletes those that are there. */
  giveRowsUp(): Batch {
    this.keepsRows = false
    const drop = [...this.#views.values()].map(({ id }) => id)
    this.#views.clear()
    return { durability: 'relaxed', views: { drop, put: [] } }
  }

  /** The batch of the edits that are not stored; undefined where all are. */
  takeEdits():
    | (Batch & { readonly edits: NonNullable<Batch['edits']>; readonly taken: readonly PendingEdit[] })
    | undefined {
    const client = this.#clientNow()
    // Another client id numbers anew, so nothing is what it was.
    if (this.#client && this.#client.clientId !== client.clientId) this.reset()
    const taken = [...this.#changed]
      .filter((entry) => !isOver(entry) && this.#edits.get(entry)?.n !== entry.edit.n && this.#isNew(entry))
      .sort((a, b) => a.edit.n - b.edit.n)
    if (taken.length === 0) return undefined
    const drop = taken.flatMap((entry) => this.#edits.get(entry)?.n ?? [])
    for (const entry of taken) this.#note(entry)
    const before = this.#anew ? undefined : this.#client
    const edits = { drop, add: taken.map(toKept), put: [] }
    // What else has changed comes with the rest, so that it is of one state.
    if (!before) return { ...this.#begin('strict', client), edits, ...this.#takeRefused(), taken }
    const numbers = { after: before.last, last: client.last }
    this.#client = { ...before, last: client.last }
    return { durability: 'strict', edits: { ...edits, numbers }, ...this.#takeRefused(), taken }
  }

  /** What had been stored, and is there no more, has ended on another page. */
  #isNew({ edit }: PendingEdit): boolean {
    return this.#anew || edit.n > (this.#port.owner.queue.durable?.saved ?? 0)
  }

  /** They were not stored, because another page has their numbers. */
  untake(taken: readonly PendingEdit[]): void {
    for (const entry of taken) this.#edits.delete(entry)
    for (const entry of taken) this.#changed.add(entry)
  }

  /** What the disk has of edits now, and those of them that were new to this page. Returns its refused edits now. */
  adopted({ client, refused }: KeptEdits, entries: readonly PendingEdit[]): KeptRefusal[] {
    if (this.#client) this.#client = { ...this.#client, last: client.last }
    for (const entry of entries) this.#note(entry)
    const mine = this.#port.refused
    // What the disk had, and has no more, was dealt with on another page; what this page dealt with is on its way.
    const known = this.#refused
    const own = [...mine.values()].filter(({ id }) => !known.has(id))
    const others = refused.filter(({ id }) => mine.has(id) || !known.has(id))
    this.#refused = new Set(refused.map(({ id }) => id))
    return [...new Map([...others, ...own].map((one) => [one.id, one])).values()]
  }

  /** The batch of refused edits that have come and gone; what else has changed another page writes. */
  takeRefusals(): Batch | undefined {
    for (const entry of this.#changed) if (isOver(entry)) this.#changed.delete(entry)
    this.#rows.clear()
    const refused = this.#takeRefused()
    return refused.refused && { durability: 'relaxed', ...refused }
  }

  /** The batch of all that has changed besides; undefined where nothing has. */
  takeRest(): Batch | undefined {
    const client = this.#clientNow()
    const isNew = this.#anew || JSON.stringify(client) !== JSON.stringify(this.#client)
    const edits = this.#takeChanges()
    const { views, rows } = this.keepsRows ? this.#takeViews() : NO_VIEWS
    const { refused } = this.#takeRefused()
    const manifest = this.#takeManifest()
    const dropped = this.#dropped
    this.#dropped = []
    const isAny =
      edits.drop.length + edits.put.length + views.length + rows.length + dropped.length > 0 ||
      refused !== undefined ||
      manifest !== undefined
    if (!isNew && !isAny) return undefined
    return {
      ...this.#begin('relaxed', client),
      edits,
      ...(manifest && { manifest }),
      ...(refused && { refused }),
      views: { drop: dropped, put: views },
      rows,
    }
  }

  #begin(durability: Batch['durability'], client: KeptClient): Omit<Batch, 'views'> {
    const anew = this.#anew
    this.#anew = false
    this.#client = client
    return { durability, client, ...(anew && { anew: true as const }) }
  }

  #clientNow(): KeptClient {
    const { owner, replica } = this.#port
    const { acknowledged, nextN } = owner.queue
    const { cursor } = replica.subscriptions
    return { clientId: owner.clientId, epoch: owner.epoch, cursor, last: nextN - 1, acknowledged }
  }

  #takeManifest(): Kept['manifest'] {
    const { manifest } = this.#port.replica.subscriptions
    if (!manifest || manifest.hash === this.#manifest) return undefined
    this.#manifest = manifest.hash
    return manifest
  }

  #takeChanges(): { drop: number[]; add: []; put: KeptEdit[] } {
    const [drop, put]: [number[], KeptEdit[]] = [[], []]
    for (const entry of this.#changed) {
      const stored = this.#edits.get(entry)
      const mayGo = isOver(entry) && !(stored && this.#isLacked(entry))
      if (mayGo) {
        if (stored) drop.push(stored.n)
        this.#edits.delete(entry)
      } else if (stored && stored.sign !== signOf(entry)) {
        put.push(toKept(entry))
        this.#note(entry)
      }
      // One that is not stored yet waits for the next batch of those, and one that rows lack for them.
      if (mayGo || (stored && !isOver(entry))) this.#changed.delete(entry)
    }
    drop.push(...this.#ended)
    this.#ended = []
    return { drop, add: [], put }
  }

  /** Do rows that are kept lack a committed edit? A page that begins with them shows it over them. */
  #isLacked(entry: PendingEdit): boolean {
    const { progress, edit, places } = entry
    const { views, epoch = '' } = this.#port.replica.subscriptions
    // A new log begins from what Postgres has, so its rows have what was committed before it.
    if (progress.is !== 'committed' || edit.durability || !this.keepsRows || !places.has(epoch)) return false
    return [...views.values()].some(
      ({ key, collection, phase, held }) =>
        phase.is !== 'refused' &&
        edit.ops.some((op) => op.collection === collection) &&
        (held ? !includes(held.base, entry) : this.#views.has(key)),
    )
  }

  /** No edit below this is on the disk, nor without an outcome. */
  get unsettled(): number {
    const { unsettled } = this.#port.owner.queue
    return [...this.#edits.values()].reduce((lowest, { n }) => Math.min(lowest, n), unsettled)
  }

  #note(entry: PendingEdit): void {
    this.#edits.set(entry, { n: entry.edit.n, sign: signOf(entry) })
  }

  #takeRefused(): Pick<Batch, 'refused'> {
    const { refused } = this.#port
    const put = [...refused.values()].filter(({ id }) => !this.#refused.has(id))
    const drop = [...this.#refused].filter((id) => !refused.has(id))
    for (const { id } of put) this.#refused.add(id)
    for (const id of drop) this.#refused.delete(id)
    return put.length + drop.length > 0 ? { refused: { drop, put } } : {}
  }

  #takeViews(): { readonly views: KeptView[]; readonly rows: RowsOf[] } {
    const [views, rows]: [KeptView[], RowsOf[]] = [[], []]
    for (const view of this.#port.replica.subscriptions.views.values()) {
      const { held, phase, key } = view
      const stored = this.#views.get(key)
      if (phase.is === 'refused' && stored) {
        this.#views.delete(key)
        this.#dropped.push(stored.id)
      }
      if (!held || phase.is === 'refused') continue
      const now: StoredView = stored ?? { id: ++this.#lastView }
      this.#views.set(key, now)
      const ids = this.#rows.get(view) ?? []
      if (now.held?.rows !== held.rows) {
        rows.push({ view: now.id, anew: true, put: [...held.rows.values()], drop: [] })
      } else {
        const put = [...ids].flatMap((id) => held.rows.get(id) ?? [])
        const drop = [...ids].filter((id) => !held.rows.has(id))
        if (put.length + drop.length > 0) rows.push({ view: now.id, put, drop })
      }
      if (now.held !== held) views.push(this.#viewOf(view, held, now))
    }
    this.#rows.clear()
    return { views, rows }
  }

  #viewOf({ key, phase }: View, held: Held, stored: StoredView): KeptView {
    const { base, columns, resumeToken } = held
    if (phase.is === 'live') this.#until.set(key, this.#port.until())
    stored.held = held
    return { id: stored.id, key, base, columns, resumeToken, until: this.#until.get(key) ?? 0 }
  }

  #continue({ client, manifest, edits, refused, views }: Kept, entries: readonly PendingEdit[]): void {
    this.#anew = false
    const numbers = new Set(entries.map(({ edit }) => edit.n))
    this.#ended = edits.flatMap(({ edit: { n } }) => (numbers.has(n) ? [] : n))
    this.#client = client
    this.#manifest = manifest?.hash
    for (const entry of entries) this.#note(entry)
    for (const { id } of refused) this.#refused.add(id)
    const byAge = [...views].sort((a, b) => b.until - a.until || b.id - a.id)
    for (const { id, key, until } of byAge.slice(0, MAX_KEPT_VIEWS)) {
      this.#views.set(key, { id })
      this.#until.set(key, until)
    }
    this.#dropped = byAge.slice(MAX_KEPT_VIEWS).map(({ id }) => id)
    this.#lastView = Math.max(0, ...views.map(({ id }) => id))
    for (const entry of this.#port.owner.queue.entries) this.#changed.add(entry)
  }

  /** The rows of a query were found on disk as they are held now. */
  isStored(key: string, held: Held): void {
    const stored = this.#views.get(key)
    if (stored) stored.held = held
  }
}

const NO_VIEWS = { views: [], rows: [] } as const

function isOver({ progress }: PendingEdit): boolean {
  return progress.is === 'committed' || progress.is === 'failed'
}

function signOf({ progress, places }: PendingEdit): string {
  return `${'seq' in progress ? progress.seq : ''}/${places.size}`
}

function toKept({ edit, progress, places }: PendingEdit): KeptEdit {
  return { edit, ...('seq' in progress && { accepted: progress.seq }), places: [...places] }
}
