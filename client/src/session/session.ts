import type { Decoded } from '../../../src/protocol/codec/decoded.ts'
import { encodeUp } from '../../../src/protocol/codec/encode-up.ts'
import type { Down } from '../../../src/protocol/down/down.ts'
import type { Delayed } from '../../../src/protocol/down/health.ts'
import type { Verdict } from '../../../src/protocol/down/receipt.ts'
import type { Welcome } from '../../../src/protocol/down/welcome.ts'
import { type WireError, wireError } from '../../../src/protocol/errors.ts'
import { SEEN_EVERY } from '../../../src/protocol/limits.ts'
import type { Up } from '../../../src/protocol/up/up.ts'
import type { SessionPart } from '../api/session-part.ts'
import type { Environment } from '../environment/environment.ts'
import type { People } from '../queue/people.ts'
import type { DigestCheck } from '../replica/digest-check.ts'
import type { Replica } from '../replica/replica.ts'
import type { Applied, Subscriptions } from '../replica/subscriptions.ts'
import type { Invalidations } from './invalidations.ts'
import { Pushes } from './pushes.ts'

/** The rest of the client, as a session tells it what happens. */
export type SessionPort = {
  decode(text: string, version: number): Decoded<Down>
  send(text: string): void
  /** The client was let in, with a token that ends at so many seconds since 1970. */
  welcomed(tokenEndsAt: number): void
  /** All wanted collections are at the head. */
  caughtUp(): void
  /** What is held has to be fetched again. */
  behind(): void
  /** The token ends soon. */
  expiring(): void
  /** The server has loaded so many rows of a collection from Postgres. */
  loaded(collection: string, loaded: { done: number; total: number }): void
  /** An error that belongs to no edit and no query. */
  failed(error: WireError): void
  /** The connection is of no use any more; a new one has to be made. */
  giveUp(): void
  /** Rows or edits changed. */
  changed(): void
}

type Parts = {
  readonly environment: Environment
  readonly people: People
  readonly replica: Replica
  readonly invalidations: Invalidations
  /** Who speaks with the server over this session as well; more may come. */
  readonly parts: ReadonlySet<SessionPart>
  readonly port: SessionPort
}

/**
 * The conversation with the server: which frame follows from which, across all connections of a client.
 *
 *   client                                        server
 *     hello          who, which log, which edits    ->
 *                    <-   welcome     the log, its head, what became of edits; a manifest if it is another
 *     subscribe, watch, push   what is due          ->
 *                    <-   view        names a subscription, then pages, or the rows it missed
 *                    <-   receipt, committed        per edit
 *                    <-   rows        from the cursor to the next place, for all live views
 *     seen           characters read                ->
 *
 * - Nothing but hello goes up before the welcome; then, at the end of each turn, all that is due: subscriptions
 *   first, edits after them.
 * - A frame that does not continue what is held is a gap. No transport may leave one, so the connection is given
 *   up; after a second one nothing is resumed from.
 * - What was to come in a new log comes with a welcome alone: a reset to another epoch ends the connection.
 * - Frames are handled one by one, and after each what is shown is brought up to date.
 */
export class Session {
  readonly #environment: Environment
  readonly #people: People
  readonly #replica: Replica
  readonly #subscriptions: Subscriptions
  readonly #invalidations: Invalidations
  readonly #parts: ReadonlySet<SessionPart>
  readonly #port: SessionPort
  /** The version of the protocol that is spoken on this connection. */
  #version = 0
  readonly #pushes: Pushes
  #open = false
  #flushing = false
  #head = 0
  /** Gaps since everything was shown last, across connections. */
  #gaps = 0
  #delayed: Delayed | undefined
  /** Characters of frames read on this connection, and those of which the server was told. */
  #read = 0
  #toldRead = 0

  constructor({ environment, people, replica, invalidations, parts, port }: Parts) {
    this.#parts = parts
    this.#environment = environment
    this.#people = people
    this.#replica = replica
    this.#subscriptions = replica.subscriptions
    this.#invalidations = invalidations
    this.#port = port
    this.#pushes = new Pushes(environment, people, {
      send: (frame) => this.#send(frame),
      version: () => this.#version,
      resumed: () => this.flushSoon(),
    })
  }

  /** What the server says of edits that are delayed on their way to Postgres; unknown without a connection. */
  get delayed(): Delayed | undefined {
    return this.#delayed
  }

  /** What the server says of edits that it does not take for now. */
  get stalled(): Pushes['stalled'] {
    return this.#pushes.stalled
  }

  /** A socket is open, to a server that speaks a version: introduces the client. */
  hello(version: number): void {
    this.#version = version
    this.#read = this.#toldRead = 0
    const { manifest } = this.#subscriptions
    const { name, clientId, epoch, queue } = this.#people.current
    const introduction = { protocol: version, client: clientId, ...queue.told }
    const held = { ...(epoch !== undefined && { epoch }), ...(manifest && { manifest: manifest.hash }) }
    this.#send(['hello', { ...introduction, ...held, ...(name !== undefined && { owner: name }) }])
  }

  /** The socket is gone. */
  ended(): void {
    this.#open = false
    this.#delayed = undefined
    this.#pushes.resume()
    this.#subscriptions.disconnected()
    this.#invalidations.disconnected()
    for (const part of this.#parts) part.disconnected()
    this.#port.changed()
  }

  /** Renews the session by a token that can be sent. */
  authenticate(token: string): void {
    if (this.#open) this.#send(['auth', token])
  }

  received(text: string): void {
    const decoded = this.#port.decode(text, this.#version)
    if (!decoded.ok) {
      this.#port.failed(decoded.error)
      this.#port.giveUp()
      return
    }
    this.#handle(decoded.frame)
    this.#giveCredit(text.length)
    this.#port.changed()
    if (this.#open && this.#subscriptions.caughtUp) this.#port.caughtUp()
    for (const part of this.#parts) part.saw?.(decoded.frame, text)
  }

  /** Sends what is due at the end of the turn, so that what happens in one turn goes up together. */
  flushSoon(): void {
    if (this.#flushing || !this.#open) return
    this.#flushing = true
    this.#environment.soon(() => {
      this.#flushing = false
      this.#flush()
    })
  }

  #flush(): void {
    if (!this.#open) return
    const frames = [...this.#subscriptions.outgoing(), ...this.#invalidations.outgoing(this.#version)]
    for (const frame of frames) this.#send(frame)
    this.#pushes.flush()
    for (const part of this.#parts) for (const frame of part.outgoing(this.#version)) this.#send(frame)
  }

  #send(frame: Up): void {
    for (const part of this.#parts) part.said?.(frame)
    this.#port.send(encodeUp(frame, this.#version))
  }

  #handle(frame: Down): void {
    // What resumed views missed comes right after their names, even if it is nothing.
    if (frame[0] !== 'view' && frame[0] !== 'rows' && this.#subscriptions.awaitsRows) {
      this.#judge('gap')
      return
    }
    switch (frame[0]) {
      case 'welcome':
        this.#welcome(frame[1])
        break
      case 'view':
        this.#subscriptions.named(frame[1])
        break
      case 'evicted':
        this.#subscriptions.evicted(frame[1].subscription)
        break
      case 'digest':
        for (const check of this.#subscriptions.checks(frame[1], frame[2])) this.#goOn(check)
        break
      case 'aside':
        this.#replica.asides.told(frame[1])
        break
      case 'invalidate':
        this.#invalidations.told(frame[1])
        break
      case 'page':
        this.#judge(this.#subscriptions.page(frame[1]))
        break
      case 'rows':
        this.#head = Math.max(this.#head, frame[2])
        this.#judge(this.#subscriptions.rows(frame[1], frame[2], frame[3]))
        break
      case 'receipt':
        this.#receipt(frame[1])
        break
      case 'committed':
        this.#people.current.queue.commit(frame[1])
        this.#invalidations.committed({ epoch: this.#subscriptions.epoch ?? '', seq: frame[1] })
        break
      case 'health':
        this.#delayed = frame[1] ?? undefined
        break
      case 'expiring':
        this.#port.expiring()
        break
      case 'progress':
        this.#port.loaded(frame[1].collection, frame[1])
        break
      case 'reset':
        this.#reset(frame[1].epoch)
        break
      case 'error':
        this.#error(frame[1])
        break
      case 'peers':
      case 'text':
        for (const part of this.#parts) part.heard(frame)
        break
    }
  }

  #welcome(welcome: Welcome): void {
    const { current } = this.#people
    this.#replica.welcome(welcome.epoch, welcome.manifest)
    this.#head = welcome.seq
    this.#delayed = welcome.delayed
    const isOther = current.epoch !== undefined && current.epoch !== welcome.epoch
    current.name = welcome.owner
    current.epoch = welcome.epoch
    current.queue.welcome(welcome, isOther)
    this.#invalidations.committed({ epoch: welcome.epoch, seq: welcome.committed })
    this.#open = true
    this.#port.welcomed(welcome.expiresAt)
    this.#flush()
  }

  /** A gap is what no transport may leave: nothing that still comes over this one can be trusted. */
  #judge(applied: Applied): void {
    if (this.#subscriptions.caughtUp) this.#gaps = 0
    if (applied !== 'gap') return
    this.#gaps++
    // Resuming has led to another one, so everything is asked for.
    if (this.#gaps > 1) this.#subscriptions.reset()
    this.#port.giveUp()
  }

  /** The server sends so much more than was read, and no more. */
  #giveCredit(characters: number): void {
    this.#read += characters
    if (!this.#open || this.#read - this.#toldRead < SEEN_EVERY) return
    this.#toldRead = this.#read
    this.#send(['read-ack', this.#read])
    this.flushSoon()
  }

  /** Many rows are checked between other work, so that a page stays responsive. */
  #goOn(check: DigestCheck): void {
    if (check.step()) {
      this.#environment.setTimer(0, () => this.#goOn(check))
      return
    }
    const query = check.agrees ? undefined : this.#subscriptions.differs(check)
    if (!query) return
    const message = `What was held of ${query.collection} differed, and is fetched again.`
    this.#port.failed(wireError('diverged', message))
    this.#fetchAgain()
  }

  #reset(epoch: string): void {
    // What is known of the own edits in a new log comes with a welcome only.
    if (epoch !== this.#subscriptions.epoch) {
      this.#port.giveUp()
      return
    }
    this.#subscriptions.reset()
    this.#fetchAgain()
  }

  #fetchAgain(): void {
    this.#port.behind()
    this.flushSoon()
  }

  #error(error: WireError): void {
    if (typeof error.ref === 'number' && this.#subscriptions.refused(error.ref, error)) return
    this.#port.failed(error)
    if (error.code === 'client-taken') this.#startAnew()
    if (error.code === 'subject-changed' && typeof error.ref === 'string') this.#become(error.ref)
  }

  /** The token is somebody else's. Their connection is another one. */
  #become(name: string): void {
    this.#people.become(name)
    this.#replica.beginAnew(this.#people.current.queue.entries)
    this.#port.giveUp()
  }

  #receipt(verdicts: readonly Verdict[]): void {
    const { queue } = this.#people.current
    const refusal = queue.receive(verdicts, this.#subscriptions.epoch ?? '', this.#head)
    if (!this.#pushes.answered(refusal)) this.#startAnew()
    this.flushSoon()
  }

  /**
   * The server lost edits whose outcome it had told us, and waits for one whose payload is gone; or the client id
   * is somebody else's, so that none of ours went up under it.
   */
  #startAnew(): void {
    this.#people.drawAnew()
    this.#port.giveUp()
  }
}
