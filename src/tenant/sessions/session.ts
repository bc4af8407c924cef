import type { Claims } from '../../core/app/application.ts'
import { warningAt } from '../../core/schedule/next-alarm.ts'
import { OPEN, type Socket } from '../../platform/platform.ts'
import { encodeDown } from '../../protocol/codec/codec.ts'
import type { SharedFrame } from '../../protocol/codec/shared-frame.ts'
import type { Down } from '../../protocol/down/down.ts'
import type { CloseCode, WireError } from '../../protocol/errors.ts'
import { type Credential, type TokenMarks, UNMARKED } from '../../protocol/internal/credential.ts'
import { SEEN_EVERY, SEND_WINDOW } from '../../protocol/limits.ts'
import { type Attachment, type PackedAttachment, pack, unpack } from './attachment.ts'
import type { GreetedState, SessionPresence, SessionState } from './session-state.ts'

/** The facts that a new socket comes with. Times: `expiresAt` in seconds, `helloBy` in ms, since 1970. */
export type Entry = {
  readonly id: string
  readonly claims: Claims
  /** The version of the protocol in which it begins. */
  readonly protocol: number
  readonly expiresAt: number
  readonly marks?: TokenMarks | undefined
  readonly helloBy: number
}

/** The host of a session, as far as it needs one. */
export type SessionHost = {
  /** Closes the session if it is over, and says whether it was. */
  readonly endIfOver: (session: Session) => boolean
  /** There is something to `keep` again. */
  readonly changed: (session: Session) => void
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** When the socket last sent a heartbeat, in ms since 1970; undefined for never. */
  readonly beatAt: (socket: Socket) => number | undefined
  /** A text was sent to one session. */
  readonly sent: (text: string) => void
}

/**
 * One socket and what it has said. Changes are kept in the attachment, which outlives the object's sleep and
 * nothing else; so they are kept soon and not at once, and the object stays awake until they are.
 */
export class Session {
  readonly #socket: Socket
  readonly #host: SessionHost
  #attachment: Attachment
  #isKept = true
  /** When it last sent a frame, or was first seen by this object, in ms since 1970. */
  #spokeAt: number
  /** When this object last heard a frame of it, in ms since 1970; 0 for none. */
  #saidAt = 0

  private constructor(socket: Socket, attachment: Attachment, host: SessionHost) {
    this.#socket = socket
    this.#attachment = attachment
    this.#host = host
    this.#spokeAt = host.now()
  }

  /** A session for a socket that has just been accepted. */
  static open(socket: Socket, entry: Entry, host: SessionHost): Session {
    const { helloBy, ...introduced } = entry
    const state = { is: 'connected', helloBy } as const
    const warnAt = warningAt(host.now(), entry.expiresAt)
    const attachment = { ...introduced, warnAt, sent: 0, seen: 0, state }
    const session = new Session(socket, attachment, host)
    session.#isKept = false
    session.keep()
    return session
  }

  /** The session of a socket that outlived its object's sleep. */
  static wake(socket: Socket, host: SessionHost): Session {
    // Written by `keep` and by nothing else.
    const session = new Session(socket, unpack(socket.deserializeAttachment() as PackedAttachment), host)
    // Its heartbeats were heard while the object slept.
    session.#spokeAt = host.beatAt(socket) ?? session.#spokeAt
    return session
  }

  /** Keeps what has changed. */
  keep(): void {
    if (this.#isKept) return
    this.#isKept = true
    this.#socket.serializeAttachment(pack(this.#attachment))
  }

  get id(): string {
    return this.#attachment.id
  }

  get claims(): Claims {
    return this.#attachment.claims
  }

  /** The version of the protocol that the client speaks. */
  get protocol(): number {
    return this.#attachment.protocol
  }

  /** The client says hello in a version. What comes after it may have come already, so it counts at once. */
  speak(protocol: number): void {
    if (this.state.is === 'connected' && protocol !== this.protocol) this.#change({ protocol })
  }

  get expiresAt(): number {
    return this.#attachment.expiresAt
  }

  /** What its token says of itself. */
  get marks(): TokenMarks {
    return this.#attachment.marks ?? UNMARKED
  }

  /** When the client is to be told that its token ends, in ms since 1970; undefined once it was. */
  get warnAt(): number | undefined {
    return this.#attachment.warnAt
  }

  /** When a sign of life last came from the client, in ms since 1970. */
  get heardAt(): number {
    return Math.max(this.#spokeAt, this.#host.beatAt(this.#socket) ?? 0)
  }

  /** When a sign of life was really heard, in ms since 1970; 0 where none is known of. */
  get signAt(): number {
    return Math.max(this.#saidAt, this.#host.beatAt(this.#socket) ?? 0)
  }

  /** The client has sent a frame. */
  spoke(): void {
    this.#spokeAt = this.#saidAt = this.#host.now()
  }

  /** Where the session is, and follows others. */
  get presence(): SessionPresence | undefined {
    return this.greeted && this.#attachment.presence
  }

  /** The session is somewhere else. */
  stand(presence: SessionPresence | undefined): void {
    if (presence !== this.#attachment.presence) this.#change({ presence })
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

  /** Since when the session has not read what it is sent, in ms since 1970; undefined while it reads. */
  get behindSince(): number | undefined {
    return this.greeted?.behindSince
  }

  bind(client: string, awaiting: number): void {
    const none = { subscriptions: [], waiting: [], evicted: [] }
    this.#change({ state: { is: 'greeted', client, cursor: null, ...none, awaiting } })
  }

  /** How many characters may be sent without exceeding what a client may leave unread. */
  get room(): number {
    return SEND_WINDOW - this.#unread
  }

  hasRoomFor(characters: number): boolean {
    return characters <= this.room
  }

  /** Has the client read all that it will say it has? It does so every now and then only. */
  get hasReadAll(): boolean {
    return this.#unread <= SEEN_EVERY
  }

  get #unread(): number {
    return this.#attachment.sent - this.#attachment.seen
  }

  /** The client has read so many of the characters it was sent. */
  read(characters: number): void {
    const { sent, seen } = this.#attachment
    this.#change({ seen: Math.min(sent, Math.max(seen, characters)) })
  }

  update(change: Partial<Omit<GreetedState, 'is' | 'client' | 'cursor'>>): void {
    if (this.state.is === 'greeted') this.#change({ state: { ...this.state, ...change } })
  }

  /** The client waits for a commit: of an edit of its own, or of what touched tags. A later one stays waited for. */
  awaitCommit(seq: number): void {
    if (this.state.is === 'greeted') this.update({ awaiting: Math.max(this.state.awaiting, seq) })
  }

  /** A fresh token for the same person; what it says of their role holds from now on. */
  renew(claims: Claims, { expiresAt, marks }: Credential): void {
    // One that lives no longer than the last brings no time in which to ask again.
    const warnAt = expiresAt > this.expiresAt ? warningAt(this.#host.now(), expiresAt) : this.warnAt
    this.#change({ claims, expiresAt, marks, warnAt })
  }

  warn(): void {
    this.#change({ warnAt: undefined })
  }

  send(frame: Down): void {
    this.sendText(encodeDown(frame, this.protocol))
  }

  /** Sends a frame that others are sent, too. */
  sendShared(frame: SharedFrame): void {
    this.sendText(frame.in(this.protocol))
  }

  /**
   * Sends a text that is a frame in the client's version. A socket that is gone takes nothing; its client will resume.
   * All that a session is sent goes through here, so nothing is once its token has ended or was revoked.
   */
  sendText(text: string): void {
    if (this.state.is === 'closed' || this.#host.endIfOver(this)) return
    this.#put(text)
  }

  #put(text: string): void {
    if (this.#socket.readyState !== OPEN) return
    this.#socket.send(text)
    // Kept with the next change. What sleep makes of it errs on the side of sending.
    this.#attachment.sent += text.length
    this.#host.sent(text)
  }

  /** Everything up to a seq has been sent; null when the session is to begin anew. */
  moveTo(cursor: number | null): void {
    if (this.state.is !== 'greeted') return
    this.state.cursor = cursor
    this.#noteChange()
  }

  /** Says why, and closes. A browser cannot read a refused upgrade, so reasons go by frame. */
  close(code: CloseCode, error: WireError): void {
    if (this.state.is === 'closed') return
    try {
      this.#put(encodeDown(['error', error], this.protocol))
      this.#change({ state: { is: 'closed' } })
      // A socket takes nothing any more once it is closed.
      this.keep()
    } finally {
      this.#socket.close(code, error.code)
    }
  }

  /** The peer is gone, and with it what was to be kept. */
  drop(): void {
    this.#attachment = { ...this.#attachment, state: { is: 'closed' } }
    this.#isKept = true
  }

  #change(change: Partial<Attachment>): void {
    this.#attachment = { ...this.#attachment, ...change }
    this.#noteChange()
  }

  #noteChange(): void {
    if (!this.#isKept) return
    this.#isKept = false
    this.#host.changed(this)
  }
}
