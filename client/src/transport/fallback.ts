import type { Environment } from '../environment/environment.ts'
import type { OpenSocket, Socket, SocketListener } from '../environment/socket.ts'

/** Milliseconds that a WebSocket has to open before a stream of events is opened beside it. */
export const HEAD_START_MS = 1_200

/** The same where one has worked before: a server with many to let in takes its time. */
export const LONG_HEAD_START_MS = 5_000

/** Milliseconds after which WebSockets are tried again on a network that let none through. */
export const WEBSOCKET_RETRY_MS = 5 * 60_000

/** WebSocket's code for a service that asks to be connected to anew. */
const RESTART = 1012

const ABNORMAL = 1006

/**
 * Attempts without a WebSocket after one has worked, before events are tried: a server that is down or
 * overrun is no network that blocks, and a crowd that comes twice each would keep it so.
 */
const TRUST = 2

/** What one client has learned of its network. */
type Memory = {
  /** Until when WebSockets are not tried first, in ms since 1970. */
  blockedUntil: number
  /** How many more attempts WebSockets have to themselves. */
  trust: number
  headStartMs: number
}

type Transports = {
  readonly webSocket: OpenSocket
  readonly events: OpenSocket
} & Pick<Environment, 'setTimer' | 'now'>

/**
 * Opens a WebSocket, and a stream of events where none gets through: the first that opens is used. What a
 * network did not let through is not tried first for a while; in the background it is tried again, and once
 * it works the connection comes back over it.
 */
export function fallbackOpener(transports: Transports): OpenSocket {
  const memory: Memory = { blockedUntil: 0, trust: 0, headStartMs: HEAD_START_MS }
  return (url, protocols, listener) => new Race(transports, memory, { url, protocols, listener }).start()
}

type Target = {
  readonly url: string
  readonly protocols: readonly string[]
  readonly listener: SocketListener
}
type Kind = 'webSocket' | 'events'

class Race {
  readonly #transports: Transports
  readonly #memory: Memory
  readonly #target: Target
  readonly #running = new Map<Kind, Socket>()
  readonly #failed = new Map<Kind, number>()
  #winner: Socket | undefined
  #cancelTimer: () => void = () => {}
  #over = false

  constructor(transports: Transports, memory: Memory, target: Target) {
    this.#transports = transports
    this.#memory = memory
    this.#target = target
  }

  start(): Socket {
    const isBlocked = this.#transports.now() < this.#memory.blockedUntil
    if (isBlocked) this.#open('events')
    else {
      if (this.#memory.trust === 0) {
        this.#cancelTimer = this.#transports.setTimer(this.#memory.headStartMs, () => this.#open('events'))
      }
      this.#open('webSocket')
    }
    return {
      send: (text) => this.#winner?.send(text),
      close: () => this.#close(),
    }
  }

  #open(kind: Kind): void {
    if (this.#over || this.#winner || this.#running.has(kind) || this.#failed.has(kind)) return
    const socket = this.#transports[kind](this.#target.url, this.#target.protocols, {
      opened: (subprotocol) => this.#won(kind, subprotocol),
      received: (text) => {
        if (this.#winner === this.#running.get(kind)) this.#target.listener.received(text)
      },
      closed: (code) => this.#lost(kind, code),
    })
    this.#running.set(kind, socket)
  }

  #won(kind: Kind, subprotocol: string): void {
    const socket = this.#running.get(kind)
    if (this.#over || this.#winner || !socket) return
    this.#cancelTimer()
    this.#winner = socket
    for (const [other, running] of this.#running) if (other !== kind) running.close()
    if (kind === 'events') this.#blocked()
    else Object.assign(this.#memory, { blockedUntil: 0, trust: TRUST, headStartMs: LONG_HEAD_START_MS })
    this.#target.listener.opened(subprotocol)
  }

  #lost(kind: Kind, code: number): void {
    if (this.#over) return
    if (this.#winner) {
      if (this.#winner === this.#running.get(kind)) this.#end(code)
      return
    }
    this.#running.delete(kind)
    this.#failed.set(kind, code)
    if (kind === 'webSocket' && this.#memory.trust > 0) {
      this.#end(code)
      return
    }
    this.#open(kind === 'webSocket' ? 'events' : 'webSocket')
    // What the stream of events was answered says more than a socket that did not open.
    if (this.#running.size === 0) this.#end(this.#failed.get('events') ?? ABNORMAL)
  }

  #blocked(): void {
    const { now, setTimer } = this.#transports
    if (this.#memory.blockedUntil <= now()) this.#memory.blockedUntil = now() + WEBSOCKET_RETRY_MS
    this.#memory.headStartMs = HEAD_START_MS
    this.#cancelTimer = setTimer(this.#memory.blockedUntil - now(), () => this.#probe())
  }

  /** Does a WebSocket get through by now? */
  #probe(): void {
    const probe = this.#transports.webSocket(this.#target.url, this.#target.protocols, {
      opened: () => {
        probe.close()
        this.#memory.blockedUntil = 0
        if (!this.#over) this.#end(RESTART)
      },
      received: () => {},
      closed: () => {
        if (!this.#over) this.#blocked()
      },
    })
    this.#running.set('webSocket', probe)
  }

  #end(code: number): void {
    this.#close()
    this.#target.listener.closed(code)
  }

  #close(): void {
    // An attempt that is given up before anything opened has failed as well.
    if (!this.#over && !this.#winner && this.#memory.trust > 0) this.#memory.trust -= 1
    this.#over = true
    this.#cancelTimer()
    for (const socket of this.#running.values()) socket.close()
  }
}
