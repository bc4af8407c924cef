import type { Claims } from '../../../src/core/app/application.ts'
import type { View } from '../../../src/core/query/view.ts'
import { encode } from '../../../src/protocol/codec/codec.ts'
import type { Down } from '../../../src/protocol/down/down.ts'
import { SUBPROTOCOL } from '../../../src/protocol/version.ts'
import type { Socket, SocketListener } from '../environment/socket.ts'
import { PING, PONG } from '../transport/ping.ts'

/** A connection with what is on its way in both directions; frames arrive when the test lets them. */
export class Wire implements Socket {
  readonly up: string[] = []
  readonly down: string[] = []
  over = false
  client = ''
  cursor: number | undefined
  views = new Map<number, View>()
  /** Tags and patterns that are watched. */
  readonly patterns = new Set<string>()
  /** Seq up to which was told what touched them. */
  invalidated: number | undefined
  /** Whose connection it is, where the server is told so. */
  readonly claims: Claims | undefined
  readonly #listener: SocketListener
  #isOpen = false

  constructor(listener: SocketListener, claims?: Claims) {
    this.#listener = listener
    this.claims = claims
  }

  /** The server lets it in, unless it has been given up. Returns whether it has. */
  open(): boolean {
    if (this.over || this.#isOpen) return false
    this.#isOpen = true
    this.#listener.opened(SUBPROTOCOL)
    return true
  }

  send(text: string): void {
    if (this.over || !this.#isOpen) return
    // Answered by what is between, and not by the server.
    if (text === PING) this.down.push(PONG)
    else this.up.push(text)
  }

  close(): void {
    this.over = true
  }

  tell(...frames: Down[]): void {
    if (!this.over) this.down.push(...frames.map(encode))
  }

  /** The next text arrives at the client. Returns whether one has. */
  deliver(): boolean {
    const text = this.over ? undefined : this.down.shift()
    if (text === undefined) return false
    this.#listener.received(text)
    return true
  }

  /** Everything on its way is lost. */
  cut(code = 1006): void {
    if (this.over) return
    this.over = true
    this.#listener.closed(code)
  }
}
