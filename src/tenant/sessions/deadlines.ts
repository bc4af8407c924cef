import type { Log } from '../../platform/log-line.ts'
import { CLOSE, wireError } from '../../protocol/errors.ts'
import { BEHIND_DEADLINE_MS } from '../../protocol/limits.ts'
import { alone } from './alone.ts'
import type { ConnectedClients } from './client-limits.ts'
import type { Session } from './session.ts'

/** The means to keep the deadlines of sessions. */
export type Deadlines = ConnectedClients & { readonly log: Log }

/** Ends the sessions whose time is up, and warns those whose token soon ends. */
export function keepDeadlines(parts: Deadlines): void {
  for (const session of [...parts.sessions.all()]) {
    alone(parts, session, 'deadline', () => lookAt(parts, session))
  }
}

function lookAt(parts: Deadlines, session: Session): void {
  if (session.helloBy !== undefined && session.helloBy <= parts.now()) {
    parts.sessions.close(session, CLOSE.protocol, wireError('hello-late', 'Say hello in good time.'))
    return
  }
  if (session.behindSince !== undefined && session.behindSince + BEHIND_DEADLINE_MS <= parts.now()) {
    const message = 'What was sent has not been read for too long; connect again.'
    parts.sessions.close(session, CLOSE.tooSlow, wireError('too-slow', message))
    return
  }
  if (parts.sessions.endIfOver(session)) return
  if (session.warnAt === undefined || session.warnAt > parts.now()) return
  session.send(['expiring', { expiresAt: session.expiresAt }])
  session.warn()
}
