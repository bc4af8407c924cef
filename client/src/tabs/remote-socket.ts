import type { Environment } from '../environment/environment.ts'
import type { Socket, SocketListener } from '../environment/socket.ts'
import { PING } from '../transport/ping.ts'
import type { Message } from './message.ts'

/** Milliseconds in which the page that leads answers; with those before a ping a page in front waits seven seconds. */
export const ANSWER_MS = 2_000

const ABNORMAL = 1006

type Port = {
  readonly environment: Pick<Environment, 'newId' | 'setTimer'>
  readonly page: string
  /** Whose the token is. */
  readonly subject: string
  readonly post: (message: Message) => void
  /** Opens a socket of this page's own. */
  readonly openOwn: () => Socket
  /** The page that leads does not answer. */
  readonly silent: () => void
}

/** A socket that leads to the hub of another page. */
export class RemoteSocket implements Socket {
  readonly #port: Port
  readonly #listener: SocketListener
  readonly #name: string
  #cancelPatience = () => {}
  #isOpen = false
  #isOver = false
  /** Where the page that leads is connected for somebody else. */
  #own: Socket | undefined

  constructor(port: Port, listener: SocketListener) {
    this.#port = port
    this.#listener = listener
    this.#name = port.environment.newId()
    this.ask()
  }

  /** Is it not open yet? */
  get isWaiting(): boolean {
    return !this.#isOpen && !this.#isOver
  }

  /** Asks to be let in. */
  ask(): void {
    if (!this.isWaiting || this.#own) return
    const { page, subject, post } = this.#port
    post({ is: 'open', socket: this.#name, page, subject })
    this.#expectAnswer()
  }

  send(text: string): void {
    if (this.#own) this.#own.send(text)
    else if (!this.#isOver) {
      this.#port.post({ is: 'say', socket: this.#name, text })
      if (text === PING) this.#expectAnswer()
    }
  }

  close(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#cancelPatience()
    if (this.#own) this.#own.close()
    else this.#port.post({ is: 'close', socket: this.#name })
  }

  /** Ends as a connection that is lost. */
  end(code = ABNORMAL): void {
    if (this.#isOver) return
    this.close()
    this.#listener.closed(code)
  }

  heard(message: Message): void {
    if (this.#isOver || this.#own || !('socket' in message) || message.socket !== this.#name) return
    this.#cancelPatience()
    switch (message.is) {
      case 'opened':
        if (this.#isOpen) return
        this.#isOpen = true
        this.#listener.opened(message.subprotocol)
        return
      case 'told':
        this.#listener.received(message.text)
        return
      case 'closed':
        this.end(message.code)
        return
      case 'other':
        this.#own = this.#port.openOwn()
        return
    }
  }

  #expectAnswer(): void {
    this.#cancelPatience()
    this.#cancelPatience = this.#port.environment.setTimer(ANSWER_MS, () => this.#port.silent())
  }
}
