import { forgetReverts } from '../core/admit.ts'
import type { Turn } from '../core/turn.ts'
import type { Welcome } from '../protocol/down.ts'
import { CLOSE, type CloseCode, type WireError, wireError } from '../protocol/errors.ts'
import { MAX_CLIENTS_PER_SUBJECT } from '../protocol/limits.ts'
import type { Hello } from '../protocol/up.ts'
import { PROTOCOL_VERSION } from '../protocol/version.ts'
import type { Parts } from './parts.ts'
import type { Session } from './session.ts'

/** Why a hello is turned away. */
export type Unwelcome = { readonly code: CloseCode; readonly error: WireError }

/** Binds a session to its client. The welcome itself is sent when the turn is stored. */
export function greet(parts: Parts, turn: Turn, session: Session, hello: Hello): Unwelcome | undefined {
  if (session.greeted) return { code: CLOSE.protocol, error: wireError('hello-twice', 'Say hello once.') }
  if (hello.protocol !== PROTOCOL_VERSION) {
    const message = `The server speaks protocol ${PROTOCOL_VERSION}, not ${hello.protocol}. Reload the application.`
    return { code: CLOSE.tooOld, error: wireError('version-unsupported', message) }
  }
  const { sub } = session.claims
  const mark = turn.mark(hello.client, sub)
  const { store, look } = parts
  if (hello.epoch === store.epoch && hello.acknowledged > mark.last && !store.confirmed) {
    // The object may have been put back to an earlier state. Postgres knows, before anything is taken.
    look()
    return doubtful()
  }
  if (mark.subject !== sub) {
    return {
      code: CLOSE.forbidden,
      error: wireError('client-taken', 'This client belongs to somebody else.'),
    }
  }
  if (clientsBeside(parts, hello.client, sub) >= MAX_CLIENTS_PER_SUBJECT) return crowded()
  const kept = forgetReverts(mark, hello.unsettled)
  if (kept !== mark) turn.putMark(kept)
  parts.sessions.replace(hello.client, session)
  // Edits of an earlier session may still be on their way to Postgres.
  session.greet(hello.client, store.outbox > 0 ? store.head : 0)
  return undefined
}

/** How many other clients a person has connected. */
function clientsBeside({ sessions }: Parts, client: string, subject: string): number {
  const others = sessions.ofSubject(subject).filter(({ greeted }) => greeted && greeted.client !== client)
  return others.length
}

/** A person has as many clients connected as one may have. */
export function crowded(): Unwelcome {
  const message = `One person may have ${MAX_CLIENTS_PER_SUBJECT} connections; close one.`
  return { code: CLOSE.rate, error: wireError('too-many-sockets', message, { retryAfterMs: 10_000 }) }
}

/** The client holds more of this log than the object does: it waits until Postgres has told which is right. */
export function doubtful(): Unwelcome {
  const message = 'The log is being compared with the database; connect again.'
  return { code: CLOSE.busy, error: wireError('busy', message, { retryAfterMs: 500 }) }
}

/** What a greeted session is told of the tenant. */
export function welcome({ app, store, health }: Parts, session: Session, hello: Hello): Welcome {
  const mark = store.mark(hello.client)
  return {
    protocol: PROTOCOL_VERSION,
    session: session.id,
    epoch: store.epoch,
    seq: store.head,
    committed: store.committed,
    known: mark?.last ?? 0,
    reverts: [...(mark?.reverts ?? [])],
    manifestHash: app.manifest.hash,
    ...(hello.manifest !== app.manifest.hash && { manifest: app.manifest }),
    expiresAt: session.expiresAt,
    ...(health.told && { delayed: health.told }),
  }
}
