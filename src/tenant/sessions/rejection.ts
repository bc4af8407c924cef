import type { Claims } from '../../core/app/application.ts'
import { ownerOf } from '../../core/app/owner.ts'
import { CLOSE, type CloseCode, type WireError, wireError } from '../../protocol/errors.ts'
import { MAX_CLIENTS_PER_SUBJECT } from '../../protocol/limits.ts'

/** The reason for which a socket or a hello is turned away. */
export type Rejection = {
  readonly code: CloseCode
  readonly error: WireError
  /** Postgres has to be asked before its client comes back. */
  readonly isDoubtful?: boolean
}

/** A person has as many clients connected as one may have. */
export function tooManyClients(): Rejection {
  const message = `You have ${MAX_CLIENTS_PER_SUBJECT} tabs or devices connected, which is all that one person may have. Close a tab that you do not need; this one then connects by itself.`
  return { code: CLOSE.rate, error: wireError('too-many-sockets', message, { retryAfterMs: 10_000 }) }
}

/** The client holds more of this log than the object does: it waits until Postgres has told which is right. */
export function logMayBeAhead(): Rejection {
  const message = 'The log is being compared with the database; connect again.'
  return { code: CLOSE.busy, error: wireError('busy', message, { retryAfterMs: 500 }), isDoubtful: true }
}

/** A client stays with its person. The error names whose the token is, so that the client becomes theirs. */
export function anotherOwner(claims: Claims): Rejection {
  const message = 'A client stays with its person, and the token is somebody else’s; connect anew.'
  return { code: CLOSE.forbidden, error: wireError('subject-changed', message, { ref: ownerOf(claims) }) }
}
