import { valuesOf } from '../core/query/view.ts'
import { encodePage } from '../protocol/codec.ts'
import { MAX_PAGE_BYTES } from '../protocol/limits.ts'
import type { Value } from '../protocol/value.ts'
import type { PageRows } from './page-cache.ts'
import type { Parts } from './parts.ts'
import type { Session, Subscription } from './session.ts'
import type { LiveView } from './views.ts'

/** Marks a subscription whose snapshot is to be sent. */
export function beginPaging(subscription: Subscription): Subscription {
  return { ...subscription, paging: { after: '' } }
}

/**
 * Sends pages of a session's snapshots, the highest priority first, as long as its client reads them. The
 * rest goes on when it has; what changes meanwhile reaches it between the pages.
 */
export function sendPages(parts: Parts, session: Session): void {
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

/** Sends one page, or a whole window. Returns where to go on; nowhere after the last. */
function sendPage(
  { store, views, pages }: Parts,
  session: Session,
  { view: number, paging }: Subscription,
): Subscription['paging'] {
  const view = views.of(number)
  const seq = session.greeted?.cursor
  if (!view || !paging || seq === null || seq === undefined) return undefined
  if (view.limit !== undefined) {
    sendWindow(store, session, view, view.limit, seq)
    return undefined
  }
  // By what it shows and not by its number: whoever comes after the last has left gets the same page.
  const name = JSON.stringify([view.definition, paging.after, paging.total])
  const { text, after, total } = pages.get(store.records.changes, name, () => readPage(store, view, paging))
  session.sendText(encodePage({ view: number, seq, last: after === undefined, total }, text))
  return after === undefined ? undefined : { after, total }
}

function readPage(
  store: Parts['store'],
  view: LiveView,
  paging: NonNullable<Subscription['paging']>,
): PageRows {
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

/** Sends the rows of a window. It is small enough to be sent at once, in frames of the usual size. */
function sendWindow(
  { rows }: Parts['store'],
  session: Session,
  view: LiveView,
  limit: number,
  seq: number,
): void {
  const shown: Value[][] = []
  for (const row of rows.scan(view)) {
    shown.push(valuesOf(view, row))
    if (shown.length === limit) break
  }
  const page = { view: view.number, seq, total: shown.length }
  let begin = 0
  let length = 0
  for (const [i, values] of shown.entries()) {
    const size = JSON.stringify(values).length
    if (i > begin && length + size > MAX_PAGE_BYTES) {
      session.send(['page', { ...page, rows: shown.slice(begin, i), last: false }])
      begin = i
      length = 0
    }
    length += size
  }
  session.send(['page', { ...page, rows: shown.slice(begin), last: true }])
}
