import type { Session } from '../sessions/session.ts'
import type { Subscription } from '../sessions/session-state.ts'
import type { Store } from '../storage/store.ts'
import { type Announcing, announce, type FindingViews, findView } from './announce.ts'
import { beginPaging, type Paging, sendPages } from './pages.ts'

/** The means to follow a change of rights. */
export type RevisingRights = FindingViews & Announcing & Paging

/**
 * A person's claims may have changed: what each subscription of the session shows follows from them. Where
 * that is another view than before, a snapshot of it replaces what the client holds.
 */
export function reviseRights(parts: RevisingRights, session: Session): void {
  const { store, views } = parts
  const state = session.greeted
  if (!state) return
  const changed = new Set<number>()
  const revise = (list: readonly Subscription[]) =>
    list.flatMap((subscription): Subscription[] => {
      const query = views.of(subscription.view)?.query
      const view = query && findView(parts, session, query)
      if (!view || 'code' in view) {
        if (view) session.send(['error', { ...view, ref: subscription.id }])
        return []
      }
      if (view.number === subscription.view) return [subscription]
      changed.add(subscription.id)
      return [{ ...subscription, view: view.number, since: store.head }]
    })
  const { waiting, evicted } = state
  const subscriptions = revise(state.subscriptions).map((subscription) =>
    changed.has(subscription.id) ? beginPaging(subscription) : subscription,
  )
  views.arrange(session, { subscriptions, waiting: revise(waiting), evicted: revise(evicted) })
  if (changed.size > 0) bringToHead(parts, session)
  for (const subscription of subscriptions) {
    if (changed.has(subscription.id)) announce(parts, session, subscription, false)
  }
  sendPages(parts, session)
}

/** A snapshot is of the head. What lies between concerned nothing that the session has shown so far. */
function bringToHead({ store }: { readonly store: Store }, session: Session): void {
  const cursor = session.greeted?.cursor ?? null
  if (cursor === null || cursor === store.head || session.behindSince !== undefined) return
  session.send(['rows', cursor, store.head, []])
  session.moveTo(store.head)
}
