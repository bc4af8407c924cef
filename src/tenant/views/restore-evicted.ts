import { MAX_SUBSCRIPTIONS, MAX_TENANT_SUBSCRIPTIONS } from '../../protocol/limits.ts'
import { alone } from '../sessions/alone.ts'
import { type Answering, sendInitial } from './subscribe.ts'
import { heldBy, type Limiting } from './subscription-limits.ts'

/** The means to take subscriptions back in. */
export type Restoring = Limiting & Answering

/** Takes subscriptions back in that gave way, the highest priority first, as far as there is room. */
export function restoreEvicted(parts: Restoring): void {
  const { views, sessions } = parts
  if (views.evicted === 0) return
  for (const session of [...sessions.all()]) {
    const { evicted = [], waiting = [] } = session.greeted ?? {}
    const room = Math.min(MAX_SUBSCRIPTIONS - heldBy(session).length, MAX_TENANT_SUBSCRIPTIONS - views.active)
    const back = evicted.toSorted((a, b) => b.priority - a.priority).slice(0, Math.max(0, room))
    if (back.length === 0) continue
    views.arrange(session, {
      evicted: evicted.filter((subscription) => !back.includes(subscription)),
      waiting: [...waiting, ...back],
    })
    alone(parts, session, 'readmit', () => sendInitial(parts, session, back))
  }
}
