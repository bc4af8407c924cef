import type { Log } from '../platform/log-line.ts'
import type { Socket } from '../platform/platform.ts'
import { decodeUp } from '../protocol/codec/codec.ts'
import { CLOSE, type WireError } from '../protocol/errors.ts'
import type { Verified } from '../worker/auth/authenticate.ts'
import type { Inbox } from './inbox/inbox.ts'
import type { Metrics } from './metrics/metrics.ts'
import type { Presence } from './presence/presence.ts'
import type { Alarm } from './schedule/alarm.ts'
import { alone } from './sessions/alone.ts'
import { refuseFrame } from './sessions/refuse-frame.ts'
import { anotherOwner } from './sessions/rejection.ts'
import type { Session } from './sessions/session.ts'
import type { Sessions } from './sessions/sessions.ts'
import { type Judging, type TokenHolder, whyOver } from './sessions/why-over.ts'
import { type RevisingRights, reviseRights } from './views/revise-rights.ts'

type ReceivingParts = RevisingRights &
  Judging & {
    readonly sessions: Sessions
    readonly alarm: Alarm
    readonly inbox: Inbox
    readonly metrics: Metrics
    readonly presence: Presence
    readonly verify: (token: string) => Promise<Verified>
    readonly log: Log
    /** Milliseconds since 1970. */
    readonly now: () => number
  }

/** Takes the frames of sessions: those for a turn into the inbox, fresh tokens at once. */
export class Receiving {
  readonly #parts: ReceivingParts

  constructor(parts: ReceivingParts) {
    this.#parts = parts
  }

  /** A frame has arrived. */
  async received(socket: Socket, text: string): Promise<void> {
    const session = this.#parts.sessions.of(socket)
    if (session) await this.#receive(session, text)
  }

  /**
   * Takes frames of a session that has them sent beside its stream; false if that person has no such session, and why
   * not when the token that they came with does not count any more.
   */
  async takeFrames(holder: TokenHolder, id: string, frames: readonly string[]): Promise<boolean | WireError> {
    const over = whyOver(this.#parts, holder)
    if (over) return over
    const session = this.#parts.sessions.ofPerson(holder.claims, id)
    if (!session) return false
    // A request without frames is a sign of life.
    session.spoke()
    // Taken in one turn, like frames that come over a socket together.
    for (const frame of frames) {
      const renewal = this.#receive(session, frame)
      if (renewal) await renewal
    }
    return true
  }

  /** Takes one frame. Only a fresh token takes time. */
  #receive(session: Session, text: string): Promise<void> | undefined {
    if (session.state.is === 'closed' || this.#parts.sessions.endIfOver(session)) return undefined
    session.spoke()
    const decoded = decodeUp(text, session.protocol)
    if (!decoded.ok) {
      this.#parts.metrics.received(text, { refused: decoded.error.code })
      refuseFrame(this.#parts, session, decoded.error)
      return undefined
    }
    const { frame } = decoded
    this.#parts.metrics.received(text, { kind: frame[0] })
    // Who only looks around, or tells what was measured, brings nothing about in Postgres, and nothing is stored for it.
    if (frame[0] !== 'presence' && frame[0] !== 'metrics') this.#parts.alarm.active()
    if (frame[0] === 'auth') return this.#renew(session, frame[1])
    if (frame[0] === 'hello') session.speak(frame[1].protocol)
    this.#parts.inbox.add({ session, frame })
    return undefined
  }

  async #renew(session: Session, token: string): Promise<void> {
    const { sessions, alarm, presence, verify } = this.#parts
    const verified = await verify(token)
    if (!verified.ok) {
      // Whether it is good cannot be told by now. The one that the session has is, until it ends.
      if (verified.error.code === 'busy') return
      return sessions.close(session, CLOSE.auth, verified.error)
    }
    const { claims } = verified
    if (claims.sub !== session.claims.sub || claims.tenant !== session.claims.tenant) {
      const { code, error } = anotherOwner(claims)
      return sessions.close(session, code, error)
    }
    const over = whyOver(this.#parts, verified)
    if (over) return sessions.close(session, CLOSE.auth, over)
    session.renew(claims, verified)
    alone(this.#parts, session, 'auth', () => reviseRights(this.#parts, session))
    presence.look()
    alarm.arm()
  }
}
