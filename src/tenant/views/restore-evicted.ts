import { MAX_SUBSCRIPTIONS, MAX_TENANT_SUBSCRIPTIONS } from '../../protocol/limits.ts'
import { alone } from '../sessions/alone.ts'
import { type Budget, heldBy } from './budget.ts'
import { type Answering, answer } from './subscribe.ts'

/** The means to take subscriptions back in. */
export type Restoring = Budget & Answering

/** Takes subscriptions back in that gave way, the highest priority first, as far as there is room. */
export function readmit(parts: Restoring): void {
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
    alone(parts, session, 'readmit', () => answer(parts, session, back))
  }
}
