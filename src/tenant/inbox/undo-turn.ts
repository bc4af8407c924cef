import type { Up } from '../../protocol/up/up.ts'
import type { Session } from '../sessions/session.ts'
import { unsubscribe, type Wanted } from '../views/subscribe.ts'
import type { Views } from '../views/views.ts'

/** A frame and the session it came from. `auth` is dealt with before, because it takes time. */
export type Arrival = {
  readonly session: Session
  readonly frame: Exclude<Up, ['auth', string]>
  /** Set where its session has no work left for the edits in it: milliseconds after which it may have. */
  readonly retryAfterMs?: number
}

/**
 * Remembers what sessions are before a turn.
 *
 * @returns undoes what a turn that is not stored made of them, and tells which of its frames may be taken again: all
 *   but the subscriptions that were refused, whose sessions have been told
 */
export function undoing(parts: { readonly views: Views }, arrivals: readonly Arrival[]) {
  const strangers = new Map<Session, number>()
  for (const { session } of arrivals)
    if (session.helloBy !== undefined) strangers.set(session, session.helloBy)
  return (wanted: ReadonlyMap<Session, readonly Wanted[]>): Arrival[] => {
    const again = arrivals.filter(
      ({ session, frame }) =>
        session.state.is !== 'closed' &&
        (frame[0] !== 'subscribe' || wanted.get(session)?.some(({ id }) => id === frame[1].id)),
    )
    for (const { session, frame } of again)
      if (frame[0] === 'subscribe') unsubscribe(parts, session, frame[1].id)
    for (const [session, helloBy] of strangers) session.unbind(helloBy)
    return again
  }
}
