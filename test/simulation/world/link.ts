import type { Socket, SocketListener } from '../../../client/src/environment/socket.ts'
import { PING, PONG } from '../../../client/src/transport/ping.ts'
import type { Random } from '../../../dev/harness/random.ts'
import { subprotocolOf } from '../../../src/protocol/version.ts'
import type { Clock } from './timeline.ts'

/** The server's end of a link, as the link tells it what arrives. */
export type ServerEnd = {
  received(link: Link, text: string): void
  /** The socket is gone, or its close was answered. */
  ended(link: Link): void
}

/** How a link ends without either side having closed it. */
export type Cut =
  /** Both sides notice. */
  | 'clean'
  /** The client notices; the server does so much later, perhaps when a successor is there. */
  | 'late'
  /** Nobody notices: what is sent either way is lost. */
  | 'half-open'

/** What happens to one frame, which a WebSocket keeps to itself and some proxies do not. */
export type Glitch =
  /** It never arrives. */
  | 'lostFrame'
  | 'repeatedFrame'
  /** It is late, and others overtake it. */
  | 'swappedFrames'

type Watchers = {
  /** The client has said something; it may never arrive. */
  readonly said: (text: string) => void
  /** What the client has said reaches the server. */
  readonly arrived: (text: string) => void
  /** The server sends something; it may never arrive. */
  readonly sent: (text: string) => void
  /** The client is about to hear something. */
  readonly heard: (text: string) => void
  /** One side hears something else from now on than the other says. */
  readonly disturbed: (glitch: Glitch) => void
  readonly latency: () => number
}

/** Milliseconds after which a server notices that nobody is at the other end any more. */
const SERVER_NOTICES_MS = [20_000, 120_000] as const

/** Milliseconds for which a link lasts that has lost something. */
const LOSSY_MS = [100, 25_000] as const

/** Milliseconds after which a frame arrives that no other has superseded. */
const SWAPPED_MS = 1_000

const ABNORMAL = 1006

/** One connection with what is on its way in it. Each direction keeps its order. */
export class Link implements Socket {
  readonly name: string
  /** What the object keeps with its end. */
  attachment: unknown
  /** When the platform answered a heartbeat last, in ms since 1970. */
  beatAt: number | undefined
  /** The version of the protocol that is spoken over it. */
  readonly version: number
  readonly #timeline: Clock
  readonly #random: Random
  readonly #listener: SocketListener
  readonly #watchers: Watchers
  #server: ServerEnd | undefined
  #isOpen = false
  #isClientGone = false
  /** The client's close has arrived at the server's end. */
  #isClosed = false
  #isLost = false
  #isRead = true
  #glitchUp: Glitch | undefined
  #glitchDown: Glitch | undefined
  #isWhole = true
  /** Frames on their way to the client. */
  #unheard = 0
  #upAt = 0
  #downAt = 0

  constructor(
    name: string,
    { timeline, random, version }: { timeline: Clock; random: Random; version: number },
    listener: SocketListener,
    watchers: Watchers,
  ) {
    this.name = name
    this.version = version
    this.#timeline = timeline
    this.#random = random
    this.#listener = listener
    this.#watchers = watchers
  }

  /** Is the client at the end of it, and has it heard everything? */
  get isWhole(): boolean {
    return !this.#isClientGone && !this.#isLost && this.#isWhole && this.#unheard === 0
  }

  /** Is it the client's still, as far as the client knows? */
  get isHeld(): boolean {
    return !this.#isClientGone
  }

  /** The server lets it in, and hears what comes from now on. */
  accept(server: ServerEnd): void {
    this.#server = server
    if (this.#isClosed) {
      this.#timeline.after(this.#watchers.latency(), () => this.#end())
      return
    }
    this.#down(() => {
      this.#isOpen = true
      this.#listener.opened(subprotocolOf(this.version))
    })
  }

  /** The client sends; what it sends before the link is open is kept for nobody. */
  send(text: string): void {
    if (!this.#isOpen) return
    this.#watchers.said(text)
    if (text === PING) {
      // Heartbeats are answered by the platform, so that the object may sleep.
      this.#up(() => {
        this.beatAt = this.#timeline.now
        this.#sendDown(PONG)
      })
      return
    }
    const arrive = () =>
      this.#up(() => {
        this.#watchers.arrived(text)
        this.#server?.received(this, text)
      })
    const glitch = this.#isLost ? undefined : this.#glitchUp
    if (!glitch) {
      arrive()
      return
    }
    this.#glitchUp = undefined
    this.#glitch(glitch, arrive)
  }

  /** Something reaches the server that its client never said, as another program would send it. */
  inject(text: string): void {
    this.#up(() => this.#server?.received(this, text))
  }

  /** The client closes; its listener hears nothing more. */
  close(): void {
    if (this.#isClientGone) return
    this.#up(() => {
      this.#isClosed = true
      this.#end()
    })
    this.#isClientGone = true
  }

  sendDown(text: string): void {
    this.#watchers.sent(text)
    const isHeard = !this.#isLost && !this.#isClientGone
    const glitch = isHeard && text.startsWith('["rows"') ? this.#glitchDown : undefined
    if (!glitch) {
      this.#sendDown(text)
      return
    }
    this.#glitchDown = undefined
    this.#glitch(glitch, () => this.#sendDown(text))
  }

  #glitch(glitch: Glitch, pass: () => void): void {
    this.#watchers.disturbed(glitch)
    switch (glitch) {
      case 'lostFrame':
        this.#isWhole = false
        // If no other frame comes that shows the gap, the link has to end some day.
        this.#timeline.after(this.#random.whole(...LOSSY_MS), () => this.cut('clean'))
        break
      case 'repeatedFrame':
        pass()
        pass()
        break
      case 'swappedFrames':
        this.#timeline.after(SWAPPED_MS, pass)
    }
  }

  #sendDown(text: string): void {
    // What comes and goes while nothing happens.
    const isIdle = text === PONG || text.startsWith('["expiring"')
    if (!isIdle) this.#unheard++
    this.#down(() => {
      if (!isIdle) this.#unheard--
      this.#watchers.heard(text)
      this.#listener.received(text)
    })
  }

  closeDown(code: number): void {
    this.#down(() => {
      this.#isClientGone = true
      this.#listener.closed(code)
      this.#timeline.after(this.#watchers.latency(), () => this.#end())
    })
  }

  /** What is sent to the client waits for a while. */
  pause(ms: number): void {
    this.#downAt = Math.max(this.#downAt, this.#timeline.now + ms)
  }

  /** Something happens to the next frame with rows on its way to the client, or to the next one to the server. */
  disturb(glitch: Glitch, direction: 'up' | 'down'): void {
    if (direction === 'up') this.#glitchUp = glitch
    else this.#glitchDown = glitch
  }

  /** What is sent to the client stays where it is, and the client says nothing more. */
  stopReading(): void {
    this.#isRead = false
    this.#isClientGone = true
  }

  cut(how: Cut): void {
    if (this.#isLost) return
    this.#isLost = true
    const [soonest, latest] = SERVER_NOTICES_MS
    if (how !== 'half-open') this.#timeline.after(this.#watchers.latency(), () => this.#tellClient())
    const noticed = how === 'clean' ? this.#watchers.latency() : this.#random.whole(soonest, latest)
    this.#timeline.after(noticed, () => this.#end())
  }

  #tellClient(): void {
    if (this.#isClientGone || !this.#isRead) return
    this.#isClientGone = true
    this.#listener.closed(ABNORMAL)
  }

  #end(): void {
    const server = this.#server
    this.#server = undefined
    server?.ended(this)
  }

  #up(arrive: () => void): void {
    if (this.#isLost || this.#isClientGone) return
    this.#upAt = Math.max(this.#upAt, this.#timeline.now + this.#watchers.latency())
    this.#timeline.at(this.#upAt, () => !this.#isLost && arrive())
  }

  #down(arrive: () => void): void {
    if (this.#isLost) return
    this.#downAt = Math.max(this.#downAt, this.#timeline.now + this.#watchers.latency())
    this.#timeline.at(this.#downAt, () => !this.#isLost && !this.#isClientGone && arrive())
  }
}
