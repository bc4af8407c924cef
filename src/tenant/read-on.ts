import { viewDelta } from '../core/query/delta.ts'
import { encode } from '../protocol/codec.ts'
import { SEND_WINDOW } from '../protocol/limits.ts'
import { sendPages } from './pages.ts'
import type { Parts } from './parts.ts'
import type { Session } from './session.ts'
import { answer, forgetAll } from './subscribe.ts'

/** A client says how much it has read: what had to wait for that goes on. */
export function readOn(parts: Parts, session: Session, characters: number): void {
  session.read(characters)
  if (session.behindSince !== undefined) catchUp(parts, session)
  if (session.behindSince !== undefined) return
  answer(parts, session, session.greeted?.waiting ?? [])
  sendPages(parts, session)
}

/** Sends what the session has missed as one interval from its cursor, each record at its last state. */
function catchUp(parts: Parts, session: Session): void {
  const { store, views, changes } = parts
  const state = session.greeted
  // Each try works out the whole interval, so it waits until much of what was sent has been read.
  if (!state || state.cursor === null || !session.hasRoomFor(SEND_WINDOW / 2)) return
  const nets = changes.from(state.cursor)
  if (!nets) {
    forgetAll(parts, session)
    return
  }
  const moved = state.subscriptions.flatMap(({ view: number }) => {
    const view = views.of(number)
    const part = view && viewDelta(view, number, nets.get(view.collection.name), () => store.rows.scan(view))
    return part ? [part] : []
  })
  session.sendText(encode(['rows', state.cursor, store.head, moved]))
  session.moveTo(store.head)
  session.update({ behindSince: undefined })
}
