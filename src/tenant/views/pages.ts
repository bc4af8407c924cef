import { compareValues } from '../../core/query/compare-rows.ts'
import { valuesOf } from '../../core/query/view.ts'
import { placeIn } from '../../core/query/window-members.ts'
import { encodePage } from '../../protocol/codec/codec.ts'
import { MAX_PAGE_BYTES } from '../../protocol/limits.ts'
import type { Row, Value } from '../../protocol/value.ts'
import type { Session } from '../sessions/session.ts'
import type { Subscription } from '../sessions/session-state.ts'
import type { Store } from '../storage/store.ts'
import type { LiveView } from './live-view.ts'
import type { PageCache, PageRows, WindowRows } from './page-cache.ts'
import type { Views } from './views.ts'

/** The means to send snapshots page by page. */
export type Paging = { readonly store: Store; readonly views: Views; readonly pages: PageCache }

/** Marks a subscription whose snapshot is to be sent. */
export function beginPaging(subscription: Subscription): Subscription {
  return { ...subscription, paging: { after: '' } }
}

/**
 * Sends pages of a session's snapshots, the highest priority first, as long as its client reads them. The
 * rest goes on when it has; what changes meanwhile reaches it between the pages.
 */
export function sendPages(parts: Paging, session: Session): void {
  while (session.behindSince === undefined && session.hasRoomFor(MAX_PAGE_BYTES)) {
    const next = nextPaging(session)
    if (!next) return
    const paging = sendPage(parts, session, next)
    const { paging: _, ...sent } = next
    const moved = paging ? { ...sent, paging } : sent
    parts.views.arrange(session, {
      subscriptions: session.greeted?.subscriptions.map((one) => (one.id === next.id ? moved : one)) ?? [],
    })
  }
}

function nextPaging(session: Session): Subscription | undefined {
  const paging = session.greeted?.subscriptions.filter((subscription) => subscription.paging) ?? []
  return paging.reduce<Subscription | undefined>(
    (first, next) => (first && first.priority >= next.priority ? first : next),
    undefined,
  )
}

/** Sends one page. Returns where to go on; nowhere after the last. */
function sendPage(
  parts: Paging,
  session: Session,
  { view: number, paging }: Subscription,
): Subscription['paging'] {
  const { store, views, pages } = parts
  const view = views.of(number)
  const seq = session.greeted?.cursor
  if (!view || !paging || seq === null || seq === undefined) return undefined
  // By what it shows and not by its number: whoever comes after the last has left gets the same page.
  const name = JSON.stringify([view.definition, paging.after, paging.total])
  const { text, after, total } = pages.get(store.records.changes, name, () =>
    view.limit === undefined ? readPage(store, view, paging) : readWindow(parts, view, view.limit, paging),
  )
  session.sendText(encodePage({ view: number, seq, last: after === undefined, total }, text))
  return after === undefined ? undefined : { after, total }
}

function readPage(store: Store, view: LiveView, paging: NonNullable<Subscription['paging']>): PageRows {
  const total = paging.total ?? store.rows.total(view)
  const rows: Value[][] = []
  let { after } = paging
  let length = 0
  for (const stored of store.rows.after(view, after)) {
    if (rows.length > 0 && length + stored.length > MAX_PAGE_BYTES)
      return { text: JSON.stringify(rows), after, total }
    rows.push(valuesOf(view, stored.row))
    length += stored.length
    after = String(stored.row['id'])
  }
  return { text: JSON.stringify(rows), total }
}

/**
 * A page of a window. One that fits a page comes in its order. The pages of a larger one go by id, because a row
 * that moves in the order while they are sent would be in none of them, or in two.
 */
function readWindow(
  { store, views, pages }: Paging,
  view: LiveView,
  limit: number,
  { after, total: counted }: NonNullable<Subscription['paging']>,
): PageRows {
  const { ids, places, whole } = pages.window(store.records.changes, view.definition, () =>
    scanWindow(store, view, limit),
  )
  if (!views.windows.has(view)) views.windows.begin(view, limit, places, places.length < limit)
  const total = counted ?? ids.length
  if (after === '' && whole !== undefined) return { text: whole, total }
  const page = new PageText()
  let last = after
  for (const id of ids) {
    const row = compareValues(id, after) > 0 ? store.living(view.collection.name, id) : undefined
    if (!row) continue
    if (!page.take(JSON.stringify(valuesOf(view, row)))) return { text: page.text, after: last, total }
    last = id
  }
  return { text: page.text, total }
}

/** Reads who is in a window, by id, and its rows if all of them fit a page. */
function scanWindow({ rows }: Store, view: LiveView, limit: number): WindowRows {
  const ids: string[] = []
  const places: Row[] = []
  const page = new PageText()
  let isWhole = true
  for (const row of rows.scan(view)) {
    ids.push(String(row['id']))
    places.push(placeIn(view, row))
    isWhole &&= page.take(JSON.stringify(valuesOf(view, row)))
    if (ids.length === limit) break
  }
  ids.sort(compareValues)
  return { ids, places, ...(isWhole && { whole: page.text }) }
}

/** Rows as text, one at least, up to the size of a page. */
class PageText {
  readonly #rows: string[] = []
  #length = 0

  /** Returns false, and takes nothing, when there is no room. */
  take(row: string): boolean {
    if (this.#rows.length > 0 && this.#length + row.length > MAX_PAGE_BYTES) return false
    this.#rows.push(row)
    this.#length += row.length
    return true
  }

  get text(): string {
    return `[${this.#rows.join()}]`
  }
}
