import { SEEN_EVERY } from '../../../src/protocol/limits.ts'
import { PROTOCOL_VERSION, versionOf } from '../../../src/protocol/version.ts'
import type { Environment } from '../environment/environment.ts'
import type { Socket, SocketListener } from '../environment/socket.ts'
import { PING, PONG } from '../transport/ping.ts'
import { type Fields, type Frame, fieldsOf, listOf, readFrame } from './frame.ts'
import { SharedPresence } from './presence.ts'
import { SharedSubscriptions, type Told } from './subscriptions.ts'
import { SharedWatches } from './watches.ts'

/** A page that speaks over the hub. */
export type Guest = Pick<SocketListener, 'received' | 'closed'>

type Port = {
  readonly openSocket: Environment['openSocket']
  /** The manifest that this page holds. */
  readonly manifest: () => object | undefined
  /** The session has begun, in a version of the protocol. */
  readonly opened: (subprotocol: string) => void
  /** Somebody looks at another page, and asks whether the connection lives. */
  readonly asked: () => void
}

/** A newer session of the client: another page leads by now. Any page comes back to that one. */
const REPLACED = 4409

const ABNORMAL = 1006

/**
 * One session with the server for several pages, which share a client id. To a page it speaks as the server does:
 *
 *   page   --hello-->      the welcome of the session, as things stand now
 *          --subscribe-->  under another number, one page after the other    (`SharedSubscriptions`)
 *          --watch-->      as it is; whoever asked is answered                (`SharedWatches`)
 *          --presence-->   together with that of the others                   (`SharedPresence`)
 *          --push-->       what the server has answered already; all else the page of the hub sends
 *          <--             receipts and whatever else is for everybody
 */
export class Hub implements Socket {
  readonly #port: Port
  readonly #socket: Socket
  readonly #own: SocketListener
  readonly #guests = new Set<Guest>()
  /** Those that have said hello: before the server's own welcome they wait for it. */
  readonly #waiting = new Map<Guest, Fields>()
  readonly #greeted = new Set<Guest>()
  readonly #subscriptions = new SharedSubscriptions<Guest>((frame) => this.#send(frame))
  readonly #watches = new SharedWatches<Guest>()
  readonly #presence = new SharedPresence<Guest>()
  /** Questions for texts, by the number that the server knows. */
  readonly #reads = new Map<number, { readonly guest: Guest; readonly id: unknown }>()
  #lastRead = 0
  #version = 0
  #hello: Fields = {}
  #welcome: Fields | undefined
  /** As the server has told it, if it had to. */
  #manifest: unknown
  #read = 0
  #toldRead = 0

  constructor(port: Port, url: string, protocols: readonly string[], own: SocketListener) {
    this.#port = port
    this.#own = own
    this.#socket = port.openSocket(url, protocols, {
      opened: (subprotocol) => {
        this.#version = versionOf(subprotocol)
        own.opened(subprotocol)
        port.opened(subprotocol)
      },
      received: (text) => this.#received(text),
      closed: (code) => this.end(code === REPLACED ? ABNORMAL : code),
    })
  }

  /** The frames of the page that the hub is on. */
  send(text: string): void {
    if (text === PING) this.#socket.send(text)
    else this.#said(this.#own, text)
  }

  close(): void {
    this.#socket.close()
    this.#endGuests(ABNORMAL)
  }

  /** Ends for everybody. */
  end(code = ABNORMAL): void {
    this.close()
    this.#own.closed(code)
  }

  /** Another page speaks over this session. It is told nothing before it has said hello. */
  connect(guest: Guest): Socket {
    this.#guests.add(guest)
    return {
      send: (text) => {
        if (!this.#guests.has(guest)) return
        if (text === PING) {
          guest.received(PONG)
          this.#port.asked()
        } else this.#said(guest, text)
      },
      close: () => this.#forget(guest),
    }
  }

  #forget(guest: Guest): void {
    if (!this.#guests.delete(guest)) return
    this.#waiting.delete(guest)
    this.#greeted.delete(guest)
    this.#subscriptions.forget(guest)
    const ended = this.#watches.forget(guest)
    if (ended.length > 0) this.#send(['unwatch', ended])
    const presence = this.#presence.say(guest, undefined)
    if (presence) this.#send(['presence', presence])
  }

  #endGuests(code: number): void {
    const guests = [...this.#guests]
    this.#guests.clear()
    this.#greeted.clear()
    for (const guest of guests) guest.closed(code)
  }

  #send(frame: Frame): void {
    this.#socket.send(JSON.stringify(frame))
  }

  #said(guest: Guest, text: string): void {
    const frame = readFrame(text)
    const [kind, said] = frame
    switch (kind) {
      case 'hello':
        this.#greet(guest, fieldsOf(said), text)
        return
      case 'subscribe':
        this.#subscriptions.subscribe(guest, fieldsOf(said))
        return
      case 'unsubscribe':
        this.#subscriptions.unsubscribe(guest, fieldsOf(said)['id'])
        return
      case 'watch':
        this.#watches.watch(guest, listOf(fieldsOf(said)['patterns']))
        this.#socket.send(text)
        return
      case 'unwatch': {
        const ended = this.#watches.unwatch(guest, listOf(said))
        if (ended.length > 0) this.#send([kind, ended])
        return
      }
      case 'presence': {
        const presence = this.#presence.say(guest, fieldsOf(said))
        if (presence) this.#send([kind, presence])
        if (guest !== this.#own) tell(guest, ['peers', this.#presence.everybody])
        return
      }
      case 'read-text': {
        const { id, ...asked } = fieldsOf(said)
        this.#reads.set(++this.#lastRead, { guest, id })
        this.#send([kind, { ...asked, id: this.#lastRead }])
        return
      }
      case 'read-ack':
      case 'seen':
        return
      case 'push':
        if (guest === this.#own) this.#socket.send(text)
        else this.#askAgain(frame)
        return
      // What each page has measured would come too often from one session: the page that leads speaks for all.
      case 'metrics':
        if (guest === this.#own) this.#socket.send(text)
        return
      default:
        this.#socket.send(text)
    }
  }

  /** What was answered before a page came is answered once more; all else the page of the hub sends. */
  #askAgain([kind, acknowledged, edits]: Frame): void {
    const known = Number(this.#welcome?.['known'])
    const answered = listOf(edits).filter((edit) => Number(fieldsOf(edit)['n']) <= known)
    if (answered.length > 0) this.#send([kind, acknowledged, answered])
  }

  #greet(guest: Guest, hello: Fields, text: string): void {
    if (guest === this.#own) {
      this.#hello = hello
      const { manifest: _, ...rest } = hello
      // An earlier server has other words for a manifest, which are its own to say to whoever lacks it.
      if (this.#version === PROTOCOL_VERSION) this.#socket.send(text)
      else this.#send(['hello', rest])
    } else if (this.#welcome) this.#welcomeGuest(guest, hello, this.#welcome)
    else this.#waiting.set(guest, hello)
  }

  #welcomeGuest(guest: Guest, hello: Fields, welcome: Fields): void {
    const { owner, manifestHash } = welcome
    const isOther = hello['owner'] !== undefined && hello['owner'] !== owner
    if (isOther || hello['client'] !== this.#hello['client']) {
      const message = 'The pages of this browser are somebody else’s; connect anew.'
      tell(guest, ['error', { code: 'subject-changed', message, retryable: false, ref: owner }])
      return
    }
    this.#greeted.add(guest)
    const manifest =
      hello['manifest'] === manifestHash ? undefined : (this.#manifest ?? this.#port.manifest())
    tell(guest, ['welcome', { ...welcome, ...(manifest && { manifest }) }])
  }

  #received(text: string): void {
    if (text === PONG) {
      this.#own.received(text)
      return
    }
    const frame = readFrame(text)
    this.#note(frame)
    for (const { page, frame: told } of this.#addressed(frame)) {
      if (told === frame) page.received(text)
      else tell(page, told)
    }
    if (frame[0] === 'welcome') this.#welcomed()
    this.#giveCredit(text.length)
  }

  /** Keeps what a page that comes later has to know of the session. */
  #note(frame: Frame): void {
    const [kind, told] = frame
    const welcome = this.#welcome
    if (kind === 'welcome') {
      // A page that comes later hears of the clock too late.
      const { manifest, now: _, ...rest } = fieldsOf(told)
      this.#manifest = manifest
      this.#welcome = rest
    } else if (!welcome) return
    else if (kind === 'committed') this.#welcome = { ...welcome, committed: told }
    else if (kind === 'health') this.#welcome = { ...welcome, delayed: told ?? undefined }
    else if (kind === 'rows')
      this.#welcome = { ...welcome, seq: highest(welcome['seq'], Number(told) + Number(frame[2])) }
    else if (kind === 'receipt') {
      const verdicts = listOf(told).map(fieldsOf)
      const reverts = verdicts
        .filter(({ is }) => is === 'reverted')
        .map(({ n, seq, error }) => ({ n, seq, error }))
      const answered = verdicts.filter(({ error }) => !fieldsOf(error)['retryable'])
      const known = answered.reduce((most, { n }) => highest(most, n), welcome['known'])
      this.#welcome = { ...welcome, known, reverts: [...listOf(welcome['reverts']), ...reverts] }
    } else if (kind === 'peers') this.#presence.told(fieldsOf(told))
    else if (kind === 'reset') this.#subscriptions.clear()
  }

  /** Who is told a frame, and in which words. */
  #addressed(frame: Frame): Told<Guest>[] {
    const [kind, told] = frame
    switch (kind) {
      case 'welcome':
        return [{ page: this.#own, frame }]
      case 'view':
      case 'evicted':
        return this.#subscriptions.named(frame)
      case 'page':
        return this.#subscriptions.paged(frame)
      case 'rows':
        return this.#subscriptions.rows(frame)
      case 'error': {
        const about = this.#subscriptions.refused(fieldsOf(told))
        return about.length > 0 ? about : this.#everybody(frame)
      }
      case 'invalidate': {
        const { watched, ...tags } = fieldsOf(told)
        const asker = watched ? this.#watches.answered() : undefined
        return this.#everybody(frame).map(({ page }) =>
          watched && page !== asker ? { page, frame: [kind, tags] } : { page, frame },
        )
      }
      case 'text': {
        const read = this.#reads.get(Number(told))
        this.#reads.delete(Number(told))
        return read ? [{ page: read.guest, frame: [kind, read.id, frame[2]] }] : []
      }
      default:
        return this.#everybody(frame)
    }
  }

  #everybody(frame: Frame): Told<Guest>[] {
    return [this.#own, ...this.#greeted].map((page) => ({ page, frame }))
  }

  #welcomed(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const [guest, hello] of waiting) this.#greet(guest, hello, '')
  }

  /** What was read is said for all pages, as the server has sent it to one. */
  #giveCredit(characters: number): void {
    this.#read += characters
    if (!this.#welcome || this.#read - this.#toldRead < SEEN_EVERY) return
    this.#toldRead = this.#read
    // Version 6 has another word for it.
    this.#send([this.#version > 6 ? 'read-ack' : 'seen', this.#read])
  }
}

function tell(guest: Guest, frame: Frame): void {
  guest.received(JSON.stringify(frame))
}

function highest(known: unknown, now: unknown): number {
  return Math.max(Number(known), Number(now))
}
