import type { Log } from '../../platform/log-line.ts'
import { CLOSE, type CloseCode, type ErrorCode, type WireError } from '../../protocol/errors.ts'
import type { Session } from './session.ts'
import type { Sessions } from './sessions.ts'

/** Close codes of mistakes that have one of their own. */
const CLOSE_OF: { readonly [Code in ErrorCode]?: CloseCode } = {
  'too-large': CLOSE.tooLarge,
  'version-unsupported': CLOSE.tooOld,
}

/** Ends the session that sent what is no frame. */
export function refuseFrame(
  { log, sessions }: { readonly log: Log; readonly sessions: Sessions },
  session: Session,
  error: WireError,
): void {
  const { code, message } = error
  log('frame-refused', { session: session.id, subject: session.claims.sub, code, message })
  sessions.close(session, CLOSE_OF[code] ?? CLOSE.protocol, error)
}
