import { MAX_SUBSCRIPTIONS, MAX_TENANT_SUBSCRIPTIONS } from '../../protocol/limits.ts'
import type { Session } from '../sessions/session.ts'
import type { Subscription } from '../sessions/session-state.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Views } from './views.ts'

/** The subscriptions of all sessions. */
export type Limiting = { readonly views: Views; readonly sessions: Sessions }

/**
 * Makes room for one more subscription of a session. Where there is none, the one of lowest priority
 * gives way, the latest first, and its client is told.
 *
 * @returns whether there is room
 */
export function makeRoom(parts: Limiting, session: Session, priority: number): boolean {
  const { views, sessions } = parts
  const ofSession = heldBy(session).length < MAX_SUBSCRIPTIONS || evictOne(parts, [session], priority)
  if (!ofSession) return false
  return views.active < MAX_TENANT_SUBSCRIPTIONS || evictOne(parts, sessions.all(), priority)
}

/** Lists the subscriptions of a session that take room: answered, and waiting. */
export function heldBy(session: Session): Subscription[] {
  const { subscriptions = [], waiting = [] } = session.greeted ?? {}
  return [...subscriptions, ...waiting]
}

/** Ends the subscription that is to give way first, if one has a lower priority than `priority`. */
function evictOne(
  { views }: Pick<Limiting, 'views'>,
  sessions: Iterable<Session>,
  priority: number,
): boolean {
  let least: { session: Session; subscription: Subscription } | undefined
  for (const session of sessions) {
    // What gave way comes back one day, so there is an end to that as well.
    if ((session.greeted?.evicted.length ?? 0) >= MAX_SUBSCRIPTIONS) continue
    for (const subscription of heldBy(session)) {
      if (
        subscription.priority < priority &&
        subscription.priority <= (least?.subscription.priority ?? priority)
      )
        least = { session, subscription }
    }
  }
  const state = least?.session.greeted
  if (!least || !state) return false
  const { session, subscription } = least
  const { paging: _, ...evicted } = subscription
  const without = (list: readonly Subscription[]) => list.filter((one) => one !== subscription)
  views.arrange(session, {
    subscriptions: without(state.subscriptions),
    waiting: without(state.waiting),
    evicted: [...state.evicted, evicted],
  })
  session.send(['evicted', { subscription: subscription.id }])
  return true
}
