import { forgetReverts } from '../../core/edits/admit.ts'
import type { Turn } from '../../core/edits/turn.ts'
import type { TidemarkApp } from '../../define/define-app.ts'
import type { Welcome } from '../../protocol/down/welcome.ts'
import { CLOSE, wireError } from '../../protocol/errors.ts'
import type { Hello } from '../../protocol/up/hello.ts'
import type { Store } from '../storage/store.ts'
import { type Crowd, hasPlace } from './crowd.ts'
import type { Health } from './health.ts'
import { anotherOwner, crowded, doubtful, ownerOf, type Unwelcome } from './rejection.ts'
import type { Session } from './session.ts'

type Greeting = Crowd & {
  readonly store: Store
  readonly lifecycle: { readonly isConfirmed: boolean }
}

/** Binds a session to its client. The welcome itself is sent when the turn is stored. */
export function greet(parts: Greeting, turn: Turn, session: Session, hello: Hello): Unwelcome | undefined {
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
  const { store, lifecycle } = parts
  // The object may have been put back to an earlier state. Postgres knows, before anything is taken.
  if (hello.epoch === store.epoch && hello.acknowledged > mark.last && !lifecycle.isConfirmed)
    return doubtful()
  if (!hasPlace(parts, sub, hello.client)) return crowded()
  if (owner === undefined) turn.newcomers.set(hello.client, sub)
  const kept = forgetReverts(mark, hello.unsettled)
  if (kept !== mark) turn.putMark(kept)
  parts.sessions.replace(hello.client, session)
  // Edits of an earlier session may still be on their way to Postgres.
  session.greet(hello.client, store.outbox > 0 ? store.head : 0)
  return undefined
}

/** The subject whose a client id is; undefined while it is nobody's. */
function boundTo({ store, sessions }: Greeting, turn: Turn, client: string): string | undefined {
  const known =
    turn.marks.get(client) ??
    store.mark(client) ??
    store.proposal(client) ??
    [...sessions.all()].find(({ greeted }) => greeted?.client === client)
  if (!known) return turn.newcomers.get(client) ?? store.keptClients.subjectOf(client)
  return 'subject' in known ? known.subject : known.claims.sub
}

type Welcoming = { readonly app: TidemarkApp; readonly store: Store; readonly health: Health }

/** Tells a greeted session of the tenant. */
export function welcome({ app, store, health }: Welcoming, session: Session, hello: Hello): Welcome {
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
