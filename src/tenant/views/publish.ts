import type { Turn } from '../../core/edits/turn.ts'
import { withRecords } from '../../core/query/about-records.ts'
import { intervalChanges, recordChanges } from '../../core/query/changes.ts'
import { clockMark } from '../../protocol/clock-mark.ts'
import { SharedFrame } from '../../protocol/codec/shared-frame.ts'
import type { Part } from '../../protocol/down/rows.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { Presence } from '../presence/presence.ts'
import type { Alarm } from '../schedule/alarm.ts'
import { alone, type Ending, endFailed } from '../sessions/alone.ts'
import type { Session } from '../sessions/session.ts'
import { type Invalidating, invalidate } from '../tags/invalidate.ts'
import { resumeSending } from './flow-control.ts'
import type { Answering } from './subscribe.ts'
import type { LiveView } from './views.ts'

/** The means to send what changes. */
export type Publishing = Invalidating &
  Answering & {
    readonly alarm: Alarm
    readonly presence: Presence
    readonly metrics: Metrics
  }

/** A view's digest goes out each time this many of its intervals have: rarely, and often enough to be noticed. */
const DIGEST_EVERY = 256

/**
 * Sends what a turn changed. Only the views that a change concerns are looked at, and only their
 * followers are sent something, besides those who wait to see an edit of their own; for all others the
 * interval simply grows. Each view is encoded once, and sessions at the same cursor with the same views
 * share the text.
 *
 * @param authors ids of sessions whose own edits are among the entries
 */
export function publish(parts: Publishing, turn: Turn, authors: ReadonlySet<string>): void {
  if (turn.entries.length === 0) return
  invalidate(parts, () => recordChanges(turn.entries.toReversed(), turn.living))
  const changed = intervalChanges(turn.entries.toReversed(), turn.living)
  parts.presence.changed(changed)
  const { idsAbout, lastRow, living } = parts.store
  const { heldBefore } = turn
  const { isAsked } = parts.views
  const changes = withRecords(changed, { idsAbout, lastRow, heldBefore, living, isAsked })
  const failed = new Map<LiveView, unknown>()
  const touched = parts.views.touchedBy(changes, (view, thrown) => failed.set(view, thrown))
  for (const [view, thrown] of failed) endFollowers(parts, view, thrown)
  const recipients = new Map<Session, Bundle>()
  const nothing = new Bundle([])
  for (const [view, part] of touched) {
    for (const session of view.followers)
      recipients.set(session, (recipients.get(session) ?? nothing).with(part))
  }
  for (const id of authors) {
    const session = parts.sessions.byId(id)
    if (session && !recipients.has(session)) recipients.set(session, nothing)
  }
  send(parts, recipients, turn.at)
  sendDigests(parts, [...touched.keys()])
}

function send(parts: Publishing, recipients: ReadonlyMap<Session, Bundle>, at: number): void {
  const { head } = parts.store
  for (const [session, bundle] of recipients) {
    const cursor = session.greeted?.cursor ?? null
    if (cursor === null) continue
    alone(parts, session, 'publish', () => {
      if (!parts.sessions.endIfOver(session))
        deliver(parts, session, bundle.frame(cursor, head, at).in(session.protocol))
    })
  }
}

/** Parts that go out together. Sessions that get the same ones share it, and what is encoded of it. */
class Bundle {
  readonly #parts: readonly Part[]
  readonly #longer = new Map<Part, Bundle>()
  readonly #frames = new Map<number, SharedFrame>()

  constructor(parts: readonly Part[]) {
    this.#parts = parts
  }

  with(part: Part): Bundle {
    const known = this.#longer.get(part)
    if (known) return known
    const longer = new Bundle([...this.#parts, part])
    this.#longer.set(part, longer)
    return longer
  }

  /** The frame for sessions at a cursor, of a turn that was accepted at a time. */
  frame(cursor: number, head: number, at: number): SharedFrame {
    const known = this.#frames.get(cursor)
    if (known !== undefined) return known
    const frame = new SharedFrame(['rows', cursor, head, [...this.#parts], clockMark(at)])
    this.#frames.set(cursor, frame)
    return frame
  }
}

/**
 * Sends a session what brings it to the head. One that does not read is sent nothing more: nothing is
 * queued for it, and when it reads on the log tells what it has missed.
 */
function deliver(parts: Publishing, session: Session, text: string): void {
  if (session.behindSince !== undefined) return
  if (session.hasRoomFor(text.length)) {
    session.sendText(text)
    session.moveTo(parts.store.head)
    return
  }
  session.update({ behindSince: parts.now() })
  parts.alarm.arm()
  resumeSending(parts, session)
}

/** A view could not be read. Those who follow it begin anew, and nobody else. */
function endFollowers(parts: Ending, { followers }: LiveView, thrown: unknown): void {
  for (const session of [...followers]) endFailed(parts, session, 'publish', thrown)
}

/** Lets the followers of busy views check now and then that they hold what they should. */
function sendDigests(parts: Publishing, touched: readonly LiveView[]): void {
  const { views, store } = parts
  for (const view of touched) {
    if (!views.isDigestDue(view, DIGEST_EVERY)) continue
    try {
      const { rows, text } = views.digest(view)
      const frame = new SharedFrame(['digest', store.head, [[view.number, rows, text]]])
      for (const session of view.followers) if (session.behindSince === undefined) session.sendShared(frame)
    } catch (thrown) {
      endFollowers(parts, view, thrown)
    }
  }
}
