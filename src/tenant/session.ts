import type { Claims } from '../core/application.ts'
import { encode } from '../protocol/codec.ts'
import type { Down } from '../protocol/down.ts'
import type { CloseCode, WireError } from '../protocol/errors.ts'

/** A live subscription of a session. */
export type Subscription = { readonly id: number; readonly collection: string }

/** What a session has said so far; only a greeted one may do anything. */
export type SessionState =
  /** Has to say hello by then, in ms since 1970. */
  | { readonly is: 'connected'; readonly helloBy: number }
  | {
      readonly is: 'greeted'
      readonly client: string
      /** Everything up to here has been sent; null until the first rows or snapshot. */
      readonly cursor: number | null
      readonly subscriptions: readonly Subscription[]
      /** Subscriptions that wait for their collection to be loaded from Postgres. */
      readonly waiting: readonly Subscription[]
      /** The last of this client's edits whose commit it has not been told; 0 for none. */
      readonly awaiting: number
    }
  | { readonly is: 'closed' }

/** What a new socket comes with. Times: `expiresAt` in seconds, `helloBy` in ms, since 1970. */
export type Entry = {
  readonly id: string
  readonly claims: Claims
  readonly expiresAt: number
  readonly helloBy: number
}

/** What survives hibernation, in the socket's attachment (at most 16 KiB). */
type Attachment = {
  readonly id: string
  readonly claims: Claims
  /** Seconds since 1970. */
  readonly expiresAt: number
  readonly warned: boolean
  readonly state: SessionState
}

export type GreetedState = Extract<SessionState, { is: 'greeted' }>

/** One socket and what it has said. Every change is kept in the attachment at once. */
export class Session {
  readonly #socket: WebSocket
  #attachment: Attachment

  private constructor(socket: WebSocket, attachment: Attachment) {
    this.#socket = socket
    this.#attachment = attachment
  }

  /** A session for a socket that has just been accepted. */
  static open(socket: WebSocket, { id, claims, expiresAt, helloBy }: Entry): Session {
    const session = new Session(socket, {
      id,
      claims,
      expiresAt,
      warned: false,
      state: { is: 'connected', helloBy },
    })
    session.#keep({})
    return session
  }

  /** The session of a socket that outlived its object's sleep. */
  static wake(socket: WebSocket): Session {
    // Written by `#keep` and by nothing else.
    return new Session(socket, socket.deserializeAttachment())
  }

  get id(): string {
    return this.#attachment.id
  }

  get claims(): Claims {
    return this.#attachment.claims
  }

  get expiresAt(): number {
    return this.#attachment.expiresAt
  }

  /** The client was told that its token ends soon. */
  get warned(): boolean {
    return this.#attachment.warned
  }

  get state(): SessionState {
    return this.#attachment.state
  }

  /** By when a session has to say hello, in ms since 1970; undefined once it has. */
  get helloBy(): number | undefined {
    return this.state.is === 'connected' ? this.state.helloBy : undefined
  }

  /** The state of a session that has said hello. */
  get greeted(): GreetedState | undefined {
    return this.state.is === 'greeted' ? this.state : undefined
  }

  greet(client: string, awaiting: number): void {
    this.#keep({ state: { is: 'greeted', client, cursor: null, subscriptions: [], waiting: [], awaiting } })
  }

  update(change: Partial<Omit<GreetedState, 'is' | 'client'>>): void {
    if (this.state.is === 'greeted') this.#keep({ state: { ...this.state, ...change } })
  }

  /** A fresh token for the same person; what it says of their role holds from now on. */
  renew(claims: Claims, expiresAt: number): void {
    this.#keep({ claims, expiresAt, warned: false })
  }

  warn(): void {
    this.#keep({ warned: true })
  }

  send(frame: Down): void {
    this.sendText(encode(frame))
  }

  /** Sends an encoded frame. A socket that is gone takes nothing; its client will resume. */
  sendText(text: string): void {
    if (this.state.is === 'closed' || this.#socket.readyState !== WebSocket.OPEN) return
    this.#socket.send(text)
  }

  /** Says why, and closes. A browser cannot read a refused upgrade, so reasons go by frame. */
  close(code: CloseCode, error: WireError): void {
    if (this.state.is === 'closed') return
    this.send(['error', error])
    this.#keep({ state: { is: 'closed' } })
    this.#socket.close(code, error.code)
  }

  /** The peer is gone. */
  drop(): void {
    this.#attachment = { ...this.#attachment, state: { is: 'closed' } }
  }

  #keep(change: Partial<Attachment>): void {
    this.#attachment = { ...this.#attachment, ...change }
    this.#socket.serializeAttachment(this.#attachment)
  }
}
