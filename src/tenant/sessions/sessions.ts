import type { Claims } from '../../core/app/application.ts'
import type { Log } from '../../platform/log-line.ts'
import type { Context, Socket } from '../../platform/platform.ts'
import { CLOSE, type WireError, wireError } from '../../protocol/errors.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { endFailed } from './alone.ts'
import { type Entry, Session, type SessionHost } from './session.ts'

/** Milliseconds after which changes of sessions are kept: with many readers each frame would cost as much again. */
const KEEP_AFTER_MS = 100

/** The platform as far as sessions use it. */
type SocketContext = Pick<Context, 'getWebSockets' | 'acceptWebSocket' | 'getWebSocketAutoResponseTimestamp'>

/** What is counted of sessions. */
type Counting = Pick<Metrics, 'sessionOpened' | 'sessionClosed' | 'sent'>

/** The tenant's sessions. A socket's attachment names its session, and survives hibernation. */
export class Sessions {
  readonly #context: SocketContext
  readonly #byId = new Map<string, Session>()
  /** Spares reading the attachment for every frame. */
  readonly #bySocket = new WeakMap<Socket, Session>()
  readonly #ending: (session: Session) => void
  readonly #whyOver: (session: Session) => WireError | undefined
  readonly #pause: (ms: number) => Promise<void>
  readonly #log: Log
  readonly #metrics: Counting
  readonly #host: SessionHost
  #unkept: Session[] = []

  /**
   * @param host.ending called with each session that is about to end
   * @param host.whyOver tells why the token of a session does not count any more, if it does not
   * @param host.pause resolves after so many ms
   */
  constructor(
    context: SocketContext,
    host: {
      readonly ending: (session: Session) => void
      readonly whyOver: (session: Session) => WireError | undefined
      readonly pause: (ms: number) => Promise<void>
      readonly log: Log
      readonly metrics: Counting
      readonly now: () => number
    },
  ) {
    this.#context = context
    this.#ending = host.ending
    this.#whyOver = host.whyOver
    this.#pause = host.pause
    this.#log = host.log
    this.#metrics = host.metrics
    this.#host = {
      changed: (session) => this.#keepSoon(session),
      endIfOver: (session) => this.endIfOver(session),
      now: host.now,
      beatAt: (socket) => context.getWebSocketAutoResponseTimestamp(socket)?.getTime(),
      sent: (text) => host.metrics.sent(text),
    }
    for (const socket of context.getWebSockets()) {
      const session = Session.wake(socket, this.#host)
      if (session.state.is !== 'closed') this.#add(socket, session)
      // Closing what is closed already changes nothing.
      else socket.close(CLOSE.reset, 'busy')
    }
  }

  /** Takes a new socket in. */
  open(socket: Socket, entry: Entry): Session {
    this.#context.acceptWebSocket(socket)
    const session = Session.open(socket, entry, this.#host)
    this.#add(socket, session)
    this.#metrics.sessionOpened()
    return session
  }

  /** The session of a socket that an event came from; undefined once it was closed. */
  of(socket: Socket): Session | undefined {
    const known = this.#bySocket.get(socket) ?? Session.wake(socket, this.#host)
    return this.#byId.get(known.id)
  }

  all(): Iterable<Session> {
    return this.#byId.values()
  }

  /** The session of that id, if it is this person's. */
  ofPerson({ sub, tenant }: Claims, id: string): Session | undefined {
    const session = this.#byId.get(id)
    return session?.claims.sub === sub && session.claims.tenant === tenant ? session : undefined
  }

  get ids(): ReadonlySet<string> {
    return new Set(this.#byId.keys())
  }

  get size(): number {
    return this.#byId.size
  }

  /** The sessions of a subject. */
  ofSubject(subject: string): Session[] {
    return [...this.all()].filter((session) => session.claims.sub === subject)
  }

  /** Ends older sessions of a client that came back, so that only the newest one speaks for it. */
  replace(client: string, newest: Session): void {
    for (const session of this.all()) {
      if (session !== newest && session.greeted?.client === client) {
        this.close(session, CLOSE.replaced, wireError('replaced', 'This client connected again elsewhere.'))
      }
    }
  }

  /**
   * Closes a session whose token has ended or was revoked, and says whether it was one. Asked before anything is taken
   * from a session, and by itself before anything is sent to it.
   */
  endIfOver(session: Session): boolean {
    const error = this.#whyOver(session)
    if (error) this.close(session, CLOSE.auth, error)
    return error !== undefined
  }

  close(session: Session, ...why: Parameters<Session['close']>): void {
    this.#remove(session, why[0])
    session.close(...why)
  }

  /** The peer closed the socket. */
  drop(session: Session): void {
    this.#remove(session)
    session.drop()
  }

  /** The session of that id, while it lasts. */
  byId(id: string): Session | undefined {
    return this.#byId.get(id)
  }

  #keepSoon(session: Session): void {
    if (this.#unkept.push(session) === 1) void this.#pause(KEEP_AFTER_MS).then(() => this.#keepAll())
  }

  #keepAll(): void {
    const unkept = this.#unkept
    this.#unkept = []
    for (const session of unkept) {
      try {
        session.keep()
      } catch (thrown) {
        endFailed({ log: this.#log, sessions: this }, session, 'keep', thrown)
      }
    }
  }

  #remove(session: Session, code?: number): void {
    if (!this.#byId.delete(session.id)) return
    this.#ending(session)
    this.#metrics.sessionClosed(code)
  }

  #add(socket: Socket, session: Session): void {
    this.#byId.set(session.id, session)
    this.#bySocket.set(socket, session)
  }
}
