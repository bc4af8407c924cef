import { CLOSE, wireError } from '../protocol/errors.ts'
import { type Entry, Session } from './session.ts'

/** The tenant's sessions. A socket's attachment names its session, and survives hibernation. */
export class Sessions {
  readonly #context: DurableObjectState
  readonly #byId = new Map<string, Session>()
  /** Spares reading the attachment for every frame. */
  readonly #bySocket = new WeakMap<WebSocket, Session>()

  constructor(context: DurableObjectState) {
    this.#context = context
    context.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'))
    for (const socket of context.getWebSockets()) {
      const session = Session.wake(socket)
      if (session.state.is !== 'closed') this.#add(socket, session)
    }
  }

  /** Takes a new socket in. */
  open(socket: WebSocket, entry: Entry): Session {
    this.#context.acceptWebSocket(socket)
    const session = Session.open(socket, entry)
    this.#add(socket, session)
    return session
  }

  /** The session of a socket that an event came from; undefined once it was closed. */
  of(socket: WebSocket): Session | undefined {
    const known = this.#bySocket.get(socket) ?? Session.wake(socket)
    return this.#byId.get(known.id)
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

  #add(socket: WebSocket, session: Session): void {
    this.#byId.set(session.id, session)
    this.#bySocket.set(socket, session)
  }
}
