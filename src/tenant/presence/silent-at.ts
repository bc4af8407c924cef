import { PRESENCE_SILENT_MS } from '../../protocol/limits.ts'
import type { Session } from '../sessions/session.ts'

/**
 * The time at which a session counts as gone unless it gives a sign of life, in ms since 1970; undefined for one
 * that nobody sees and that sees nobody, of which no sign is asked. Heartbeats are answered while the object sleeps.
 */
export function silentAt(session: Session): number | undefined {
  const { presence } = session
  if (presence?.signsSince === undefined) return undefined
  return Math.max(presence.signsSince, presence.saidAt, session.signAt) + PRESENCE_SILENT_MS
}
