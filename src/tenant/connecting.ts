import type { Claims } from '../core/app/application.ts'
import type { Socket } from '../platform/platform.ts'
import { CLOSE, wireError } from '../protocol/errors.ts'
import { UNMARKED } from '../protocol/internal/credential.ts'
import { type Principal, versionFor } from '../protocol/internal/principal.ts'
import { HELLO_DEADLINE_MS } from '../protocol/limits.ts'
import { belongTo, type Founding } from './founding.ts'
import type { Conversation } from './hydration/conversation.ts'
import type { Lease } from './lease.ts'
import type { LifecycleState } from './lifecycle-state.ts'
import type { Presence } from './presence/presence.ts'
import type { Alarm } from './schedule/alarm.ts'
import { hasRoom } from './sessions/client-limits.ts'
import type { Health } from './sessions/health.ts'
import { type Rejection, tooManyClients } from './sessions/rejection.ts'
import { whyOver } from './sessions/why-over.ts'
import { storeCommitted } from './storage/store-committed.ts'
import type { Comparison } from './upstream/comparison.ts'
import { type Restoring, restoreEvicted } from './views/restore-evicted.ts'

type ConnectingParts = Founding &
  Restoring & {
    readonly alarm: Alarm
    readonly health: Health
    readonly lease: Lease
    readonly presence: Presence
    readonly comparison: Comparison
    readonly conversation: Conversation
    readonly newId: () => string
  }

/** Lets sockets in, and sees them go. */
export class Connecting {
  readonly #parts: ConnectingParts

  constructor(parts: ConnectingParts) {
    this.#parts = parts
  }

  /** Takes a socket in that the Worker let through. */
  async connect(principal: Principal, socket: Socket): Promise<void> {
    const { claims, expiresAt, marks, session: name } = principal
    const { sessions, alarm, lifecycle, conversation, comparison, lease, now, newId } = this.#parts
    belongTo(this.#parts, claims.tenant)
    if (lifecycle.state.is === 'claiming') await conversation.claim()
    const over = whyOver(this.#parts, { claims, expiresAt, marks: marks ?? UNMARKED })
    const rejection = over ? { code: CLOSE.auth, error: over } : this.#whyNot(claims.sub)
    const id = name ?? newId()
    const first = sessions.size === 0
    const entry = { id, claims, expiresAt, marks, helloBy: now() + HELLO_DEADLINE_MS }
    const session = sessions.open(socket, { ...entry, protocol: versionFor(principal) })
    if (rejection) sessions.close(session, rejection.code, rejection.error)
    else if (lifecycle.legal.loads) void conversation.load()
    else if (first) {
      comparison.beginIfDue()
      void conversation.lookAround()
    }
    void lease.renew()
    alarm.arm()
  }

  /** A socket is gone. */
  closed(socket: Socket): void {
    const { store, sessions, alarm, health, lease, presence } = this.#parts
    const session = sessions.of(socket)
    if (session) sessions.drop(session)
    if (sessions.size === 0) storeCommitted(store)
    restoreEvicted(this.#parts)
    presence.look()
    health.look()
    alarm.arm()
    void lease.renew()
  }

  /** Ends a session whose reader leaves; false if that person has no such session. */
  end(claims: Claims, id: string): boolean {
    const { sessions, alarm } = this.#parts
    const session = sessions.ofPerson(claims, id)
    if (session) sessions.close(session, CLOSE.left, wireError('left', 'The reader has left.'))
    alarm.arm()
    return session !== undefined
  }

  /** Why a new socket is told to come back later, if it is. */
  #whyNot(subject: string): Rejection | undefined {
    const { lifecycle } = this.#parts
    if (!lifecycle.legal.sockets) return turnedAway(lifecycle.state)
    return hasRoom(this.#parts, subject) ? undefined : tooManyClients()
  }
}

/** Says to a socket why it is not let in, and when to come back. */
function turnedAway({ is }: LifecycleState): Rejection {
  if (is === 'fenced') {
    return later('Another log has taken this tenant over; ask whoever runs the service.', 30_000)
  }
  // One that has just been emptied begins anew with whoever comes next.
  if (is === 'closing' || is === 'unfounded') {
    return later('The tenant is being moved or deleted; try again.', 5_000)
  }
  return later('The database does not answer; try again.', 2_000)
}

function later(message: string, retryAfterMs: number): Rejection {
  return { code: CLOSE.busy, error: wireError('busy', message, { retryAfterMs }) }
}
