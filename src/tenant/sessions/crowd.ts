import { CLOSE, wireError } from '../../protocol/errors.ts'
import { MAX_CLIENTS_PER_SUBJECT, MAX_SOCKETS_PER_SUBJECT, SILENT_SOCKET_MS } from '../../protocol/limits.ts'
import type { Parts } from '../parts.ts'
import type { Unwelcome } from './greet.ts'
import type { Session } from './session.ts'

/** Is there room for another socket of a person? */
export function hasRoom(parts: Parts, subject: string): boolean {
  return makeRoom(parts, MAX_SOCKETS_PER_SUBJECT, () => parts.sessions.ofSubject(subject))
}

/** Is there a place for a person's client beside their others? */
export function hasPlace(parts: Parts, subject: string, client: string): boolean {
  const others = () =>
    parts.sessions.ofSubject(subject).filter(({ greeted }) => greeted && greeted.client !== client)
  return makeRoom(parts, MAX_CLIENTS_PER_SUBJECT, others)
}

/** A person has as many clients connected as one may have. */
export function crowded(): Unwelcome {
  const message = `You have ${MAX_CLIENTS_PER_SUBJECT} tabs or devices connected, which is all that one person may have. Close a tab that you do not need; this one then connects by itself.`
  return { code: CLOSE.rate, error: wireError('too-many-sockets', message, { retryAfterMs: 10_000 }) }
}

/** Those of which nothing has been heard for long give way. Should one of them live, it comes back when it can. */
function makeRoom({ sessions, now }: Parts, limit: number, those: () => Session[]): boolean {
  if (those().length < limit) return true
  for (const session of those()) {
    if (session.heardAt + SILENT_SOCKET_MS > now()) continue
    sessions.close(session, CLOSE.rate, wireError('too-many-sockets', 'Nothing was heard from this tab.'))
  }
  return those().length < limit
}
