import type { Log } from '../../platform/log-line.ts'
import { CLOSE, wireError } from '../../protocol/errors.ts'
import type { Session } from './session.ts'

/** The means to end a session that could not be served. */
export type Ending = {
  readonly log: Log
  readonly sessions: {
    close(session: Session, ...why: Parameters<Session['close']>): void
    drop(session: Session): void
  }
}

/**
 * Does something for one session. Whatever is thrown ends that session, with a line in the log, and nobody
 * else's: what one of them asks for must not keep others from being answered.
 *
 * @param doing what was done, for the log
 */
export function alone(parts: Ending, session: Session, doing: string, work: () => void): void {
  try {
    work()
  } catch (thrown) {
    endFailed(parts, session, doing, thrown)
  }
}

/** Ends a session that could not be served. Its client connects again. */
export function endFailed({ log, sessions }: Ending, session: Session, doing: string, thrown: unknown): void {
  const facts = { session: session.id, subject: session.claims.sub, doing }
  log('session-failed', { ...facts, error: String(thrown) })
  const message = 'This connection could not be served; connect again.'
  try {
    sessions.close(session, CLOSE.busy, wireError('internal', message, { retryAfterMs: 1_000 }))
  } catch (again) {
    log('session-lost', { ...facts, error: String(again) })
    sessions.drop(session)
  }
}
