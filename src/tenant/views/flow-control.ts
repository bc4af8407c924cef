import { viewDelta } from '../../core/query/delta.ts'
import { SEND_WINDOW } from '../../protocol/limits.ts'
import { alone, type Ending } from '../sessions/alone.ts'
import type { ReadCredit } from '../sessions/read-credit.ts'
import type { Session } from '../sessions/session.ts'
import { forgetAll } from './announce.ts'
import { sendInterval } from './interval.ts'
import { sendPages } from './pages.ts'
import { type Answering, sendInitial } from './subscribe.ts'

/** The means to send on to who has read. */
export type SendingOn = Answering & Ending & { readonly readCredit: ReadCredit }

/** A client says how much it has read: what had to wait for that goes on, as far as it is believed. */
export function takeReadAck(parts: SendingOn, session: Session, characters: number): void {
  parts.readCredit.said(session, characters, () =>
    alone(parts, session, 'read on', () => resumeSending(parts, session)),
  )
  resumeSending(parts, session)
}

/** Sends a session what it has missed and what it waits for, as far as it has room. */
export function resumeSending(parts: Answering, session: Session): void {
  if (session.behindSince !== undefined) catchUp(parts, session)
  if (session.behindSince !== undefined) return
  sendInitial(parts, session, session.greeted?.waiting ?? [])
  sendPages(parts, session)
}

/** Sends what the session has missed as one interval from its cursor, each record at its last state. */
function catchUp(parts: Answering, session: Session): void {
  const { store, views, changes } = parts
  const state = session.greeted
  // Each try works out the whole interval, so it waits until much of what was sent has been read.
  if (!state || state.cursor === null || !session.hasRoomFor(SEND_WINDOW / 2)) return
  const nets = changes.from(state.cursor)
  if (!nets) {
    forgetAll(parts, session)
    return
  }
  const told = state.subscriptions.flatMap((subscription) => {
    const view = views.of(subscription.view)
    const ofView = view && nets.get(view.collection.name)
    const part = view && viewDelta(view, view.number, ofView, () => store.rows.scan(view))
    return part ? [{ subscription, part }] : []
  })
  if (sendInterval(parts, session, state.cursor, told)) session.update({ behindSince: undefined })
}
