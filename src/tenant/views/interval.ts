import { encodeDown } from '../../protocol/codec/codec.ts'
import type { Part } from '../../protocol/down/rows.ts'
import type { Session } from '../sessions/session.ts'
import type { Subscription } from '../sessions/session-state.ts'
import { type Announcing, announce } from './announce.ts'
import { beginPaging } from './pages.ts'

/** The news that a subscription is to be told of an interval. */
export type Told = { readonly subscription: Subscription; readonly part: Part }

/** Characters of a frame besides its parts. */
const FRAME = 64

/**
 * Sends what brings a session from its cursor to the head. One frame is never more than a client may leave
 * unread: where all of it is, the subscriptions of which there is most to tell begin anew instead, page by
 * page, as their reader reads.
 *
 * @returns whether it is at the head; otherwise it reads on, and is to be tried again
 */
export function sendInterval(
  parts: Announcing,
  session: Session,
  from: number,
  told: readonly Told[],
): boolean {
  const { head } = parts.store
  const text = encodeDown(['rows', from, head, told.map(({ part }) => part)], session.protocol)
  if (session.hasRoomFor(text.length)) {
    session.sendText(text)
    session.moveTo(head)
    return true
  }
  if (!session.hasReadAll) return false
  const anew = tooMuch(told, session.room)
  beginAnew(parts, session, anew)
  const rest = told.filter(({ subscription }) => !anew.has(subscription.id))
  session.send(['rows', from, head, rest.map(({ part }) => part)])
  session.moveTo(head)
  return true
}

/** The subscriptions, by their ids, of which there is too much to tell: the fewest that leave the others room. */
export function tooMuch(told: readonly Told[], room: number): Set<number> {
  const sizes = told
    .map(({ subscription, part }) => ({ id: subscription.id, size: JSON.stringify(part).length }))
    .sort((a, b) => b.size - a.size)
  const anew = new Set<number>()
  let size = sizes.reduce((sum, one) => sum + one.size + 1, FRAME)
  for (const one of sizes) {
    if (size <= room) break
    size -= one.size + 1
    anew.add(one.id)
  }
  return anew
}

/** Names views once more, so that what their client shows is replaced by a snapshot of them. */
function beginAnew(parts: Announcing, session: Session, ids: ReadonlySet<number>): void {
  const since = parts.store.head
  const subscriptions = (session.greeted?.subscriptions ?? []).map((subscription) =>
    ids.has(subscription.id) ? beginPaging({ ...subscription, since }) : subscription,
  )
  parts.views.arrange(session, { subscriptions })
  for (const subscription of subscriptions)
    if (ids.has(subscription.id)) announce(parts, session, subscription, false)
}
