import type { Claims } from '../core/application.ts'
import { CLOSE, wireError } from '../protocol/errors.ts'
import { Session } from './session.ts'

/** The tenant's sessions. Sockets carry their session's id as a tag, which survives hibernation. */
export class Sessions {
  readonly #context: DurableObjectState
  readonly #byId = new Map<string, Session>()

  constructor(context: DurableObjectState) {
    this.#context = context
    context.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'))
    for (const socket of context.getWebSockets()) {
      const session = Session.wake(socket)
      if (session.state.is !== 'closed') this.#byId.set(session.id, session)
    }
  }

  /** Takes a new socket in. */
  open(socket: WebSocket, claims: Claims, expiresAt: number): Session {
    const id = crypto.randomUUID()
    this.#context.acceptWebSocket(socket, [id])
    const session = Session.open(socket, id, claims, expiresAt)
    this.#byId.set(id, session)
    return session
  }

  /** The session of a socket that an event came from; undefined once it was closed. */
  of(socket: WebSocket): Session | undefined {
    const [id] = this.#context.getTags(socket)
    return id === undefined ? undefined : this.#byId.get(id)
  }

  all(): Iterable<Session> {
    return this.#byId.values()
  }

  get size(): number {
    return this.#byId.size
  }

  /** How many sockets a subject has open. */
  countOf(subject: string): number {
    return [...this.all()].filter((session) => session.claims.sub === subject).length
  }

  /** Ends older sessions of a client that came back, so that only the newest one speaks for it. */
  replace(client: string, newest: Session): void {
    for (const session of this.all()) {
      if (session !== newest && session.greeted?.client === client) {
        this.close(session, CLOSE.replaced, wireError('replaced', 'This client connected again elsewhere.'))
      }
    }
  }

  close(session: Session, ...why: Parameters<Session['close']>): void {
    session.close(...why)
    this.#byId.delete(session.id)
  }

  /** The peer closed the socket. */
  drop(session: Session): void {
    session.drop()
    this.#byId.delete(session.id)
  }
}
