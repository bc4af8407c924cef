import { CLOSE, wireError } from '../../protocol/errors.ts'
import { MAX_CLIENTS_PER_SUBJECT, MAX_SOCKETS_PER_SUBJECT, SILENT_SOCKET_MS } from '../../protocol/limits.ts'
import type { Session } from './session.ts'
import type { Sessions } from './sessions.ts'

/** All who are connected, and the time. */
export type ConnectedClients = {
  readonly sessions: Sessions
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Returns whether there is room for another socket of a person. */
export function hasRoom(parts: ConnectedClients, subject: string): boolean {
  return makeRoom(parts, MAX_SOCKETS_PER_SUBJECT, () => parts.sessions.ofSubject(subject))
}

/** Returns whether there is a place for a person's client beside their others. */
export function hasRoomForClient(parts: ConnectedClients, subject: string, client: string): boolean {
  const others = () =>
    parts.sessions.ofSubject(subject).filter(({ greeted }) => greeted && greeted.client !== client)
  return makeRoom(parts, MAX_CLIENTS_PER_SUBJECT, others)
}

/** Those of which nothing has been heard for long give way. Should one of them live, it comes back when it can. */
function makeRoom({ sessions, now }: ConnectedClients, limit: number, those: () => Session[]): boolean {
  if (those().length < limit) return true
  for (const session of those()) {
    if (session.heardAt + SILENT_SOCKET_MS > now()) continue
    sessions.close(session, CLOSE.rate, wireError('too-many-sockets', 'Nothing was heard from this tab.'))
  }
  return those().length < limit
}
