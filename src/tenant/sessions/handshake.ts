import { ownerOf } from '../../core/app/owner.ts'
import { forgetReverts } from '../../core/edits/admit.ts'
import type { Turn } from '../../core/edits/turn.ts'
import type { TidemarkApp } from '../../define/define-app.ts'
import type { Welcome } from '../../protocol/down/welcome.ts'
import { CLOSE, wireError } from '../../protocol/errors.ts'
import { toldManifest } from '../../protocol/told-manifest.ts'
import type { Hello } from '../../protocol/up/hello.ts'
import type { Store } from '../storage/store.ts'
import { type ConnectedClients, hasRoomForClient } from './client-limits.ts'
import type { Health } from './health.ts'
import { anotherOwner, logMayBeAhead, type Rejection, tooManyClients } from './rejection.ts'
import type { Session } from './session.ts'

type Handshaking = ConnectedClients & {
  readonly store: Store
  readonly lifecycle: { readonly isConfirmed: boolean }
}

/** Binds a session to its client. The welcome itself is sent when the turn is stored. */
export function handshake(
  parts: Handshaking,
  turn: Turn,
  session: Session,
  hello: Hello,
): Rejection | undefined {
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
  const state = turn.clientState(hello.client, sub)
  const { store, lifecycle } = parts
  // The object may have been put back to an earlier state. Postgres knows, before anything is taken.
  if (hello.epoch === store.epoch && hello.acknowledged > state.last && !lifecycle.isConfirmed)
    return logMayBeAhead()
  if (!hasRoomForClient(parts, sub, hello.client)) return tooManyClients()
  if (owner === undefined) turn.newcomers.set(hello.client, sub)
  const kept = forgetReverts(state, hello.unsettled)
  if (kept !== state) turn.putClientState(kept)
  parts.sessions.replace(hello.client, session)
  // Edits of an earlier session may still be on their way to Postgres.
  session.bind(hello.client, store.outbox > 0 ? store.head : 0)
  return undefined
}

/** The subject whose a client id is; undefined while it is nobody's. */
function boundTo({ store, sessions }: Handshaking, turn: Turn, client: string): string | undefined {
  const known =
    turn.clientStates.get(client) ??
    store.clientState(client) ??
    store.proposal(client) ??
    [...sessions.all()].find(({ greeted }) => greeted?.client === client)
  if (!known) return turn.newcomers.get(client) ?? store.keptClients.subjectOf(client)
  return 'subject' in known ? known.subject : known.claims.sub
}

type Welcoming = {
  readonly app: TidemarkApp
  readonly store: Store
  readonly health: Health
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Tells a greeted session of the tenant. */
export function welcome({ app, store, health, now }: Welcoming, session: Session, hello: Hello): Welcome {
  const state = store.clientState(hello.client)
  return {
    protocol: session.protocol,
    session: session.id,
    owner: ownerOf(session.claims),
    epoch: store.epoch,
    seq: store.head,
    committed: store.committed,
    known: state?.last ?? 0,
    reverts: [...(state?.reverts ?? [])],
    manifestHash: app.manifest.hash,
    ...(hello.manifest !== app.manifest.hash && { manifest: toldManifest(app.manifest) }),
    expiresAt: session.expiresAt,
    ...(health.told && { delayed: health.told }),
    now: now(),
  }
}
