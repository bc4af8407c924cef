import type { Environment } from '../../src/environment/environment.ts'
import { Clock } from '../../src/testing/clock.ts'
import { FakeSocket } from './fake-socket.ts'

export { settle } from '../../src/testing/clock.ts'

/** Time that stands still until it is told to go on, chance from a seed, and sockets flushed by hand. */
export class FakeEnvironment extends Clock implements Environment {
  readonly sockets: FakeSocket[] = []
  readonly page = 'https://app.example/cards'
  readonly #wakers = new Set<() => void>()
  readonly #hiders = new Set<() => void>()
  #ids = 0

  readonly newId = () => `made-up-id-${++this.#ids}`

  readonly soon = (run: () => void) => queueMicrotask(run)

  readonly onWake = (listener: () => void) => {
    this.#wakers.add(listener)
    return () => {
      this.#wakers.delete(listener)
    }
  }

  readonly onHide = (listener: () => void) => {
    this.#hiders.add(listener)
    return () => {
      this.#hiders.delete(listener)
    }
  }

  visible = true
  online = true
  /** Exceptions that nobody heard. */
  readonly reported: unknown[] = []

  readonly isVisible = () => this.visible
  readonly isOnline = () => this.online
  readonly report = (thrown: unknown) => void this.reported.push(thrown)

  readonly openSocket: Environment['openSocket'] = (url, protocols, listener) => {
    const socket = new FakeSocket(url, protocols, listener)
    this.sockets.push(socket)
    return socket
  }

  /** Answers requests beside the connection. */
  answer: (url: URL, init: RequestInit | undefined) => Response | Promise<Response> = () =>
    Promise.reject(new TypeError('there is no network'))

  readonly fetch: Environment['fetch'] = async (input, init) => this.answer(new URL(String(input)), init)

  /** The newest socket. */
  get socket(): FakeSocket {
    const socket = this.sockets.at(-1)
    if (!socket) throw new Error('no socket was opened')
    return socket
  }

  hide(): void {
    this.visible = false
    for (const hider of [...this.#hiders]) hider()
  }

  show(): void {
    this.visible = true
    this.wake()
  }

  wake(): void {
    for (const waker of [...this.#wakers]) waker()
  }
}
