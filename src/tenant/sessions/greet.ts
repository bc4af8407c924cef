import type { Claims } from '../../core/app/application.ts'
import { forgetReverts } from '../../core/edits/admit.ts'
import type { Turn } from '../../core/edits/turn.ts'
import type { Welcome } from '../../protocol/down/welcome.ts'
import { CLOSE, type CloseCode, type WireError, wireError } from '../../protocol/errors.ts'
import type { Hello } from '../../protocol/up/hello.ts'
import type { Parts } from '../parts.ts'
import { crowded, hasPlace } from './crowd.ts'
import type { Session } from './session.ts'

/** Why a hello is turned away. */
export type Unwelcome = { readonly code: CloseCode; readonly error: WireError }

/** Binds a session to its client. The welcome itself is sent when the turn is stored. */
export function greet(parts: Parts, turn: Turn, session: Session, hello: Hello): Unwelcome | undefined {
  if (session.greeted) return { code: CLOSE.protocol, error: wireError('hello-twice', 'Say hello once.') }
  const { sub } = session.claims
  if (hello.owner !== undefined && hello.owner !== ownerOf(session.claims))
    return anotherOwner(session.claims)
  const owner = boundTo(parts, turn, hello.client)
  if (owner !== undefined && owner !== sub) {
    return {
      code: CLOSE.forbidden,
      error: wireError('client-taken', 'This client belongs to somebody else; take another id.'),
    }
  }
  const mark = turn.mark(hello.client, sub)
  const { store, look } = parts
  if (hello.epoch === store.epoch && hello.acknowledged > mark.last && !store.confirmed) {
    // The object may have been put back to an earlier state. Postgres knows, before anything is taken.
    look()
    return doubtful()
  }
  if (!hasPlace(parts, sub, hello.client)) return crowded()
  if (owner === undefined) turn.newcomers.set(hello.client, sub)
  const kept = forgetReverts(mark, hello.unsettled)
  if (kept !== mark) turn.putMark(kept)
  parts.sessions.replace(hello.client, session)
  // Edits of an earlier session may still be on their way to Postgres.
  session.greet(hello.client, store.outbox > 0 ? store.head : 0)
  return undefined
}

/** Names a person and their tenant. Only compared, never read. */
function ownerOf({ tenant, sub }: Claims): string {
  return JSON.stringify([tenant, sub])
}

/** A client stays with its person. The error names whose the token is, so that the client becomes theirs. */
export function anotherOwner(claims: Claims): Unwelcome {
  const message = 'A client stays with its person, and the token is somebody else’s; connect anew.'
  return { code: CLOSE.forbidden, error: wireError('subject-changed', message, { ref: ownerOf(claims) }) }
}

/** The subject whose a client id is; undefined while it is nobody's. */
function boundTo({ store, sessions }: Parts, turn: Turn, client: string): string | undefined {
  const known =
    turn.marks.get(client) ??
    store.mark(client) ??
    store.proposal(client) ??
    [...sessions.all()].find(({ greeted }) => greeted?.client === client)
  if (!known) return turn.newcomers.get(client) ?? store.keptClients.subjectOf(client)
  return 'subject' in known ? known.subject : known.claims.sub
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
    protocol: session.protocol,
    session: session.id,
    owner: ownerOf(session.claims),
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
