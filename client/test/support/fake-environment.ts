import type { Environment } from '../../src/environment/environment.ts'
import { FakeSocket } from './fake-socket.ts'

/** Lets all promise callbacks run that are due without time passing. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve()
}

type Timer = { readonly at: number; readonly run: () => void }

/** Time that stands still until it is told to go on, chance from a seed, and sockets flushed by hand. */
export class FakeEnvironment implements Environment {
  readonly sockets: FakeSocket[] = []
  readonly page = 'https://app.example/cards'
  readonly #timers = new Set<Timer>()
  readonly #wakers = new Set<() => void>()
  #now = 1_000_000
  #state: number
  #ids = 0

  constructor(seed = 1) {
    this.#state = seed
  }

  readonly now = () => this.#now

  /** mulberry32, by Tommy Ettinger (public domain). */
  readonly random = () => {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }

  readonly newId = () => `made-up-id-${++this.#ids}`

  readonly setTimer = (ms: number, run: () => void) => {
    const timer = { at: this.#now + ms, run }
    this.#timers.add(timer)
    return () => {
      this.#timers.delete(timer)
    }
  }

  readonly soon = (run: () => void) => queueMicrotask(run)

  readonly onWake = (listener: () => void) => {
    this.#wakers.add(listener)
    return () => {
      this.#wakers.delete(listener)
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

  /** The newest socket. */
  get socket(): FakeSocket {
    const socket = this.sockets.at(-1)
    if (!socket) throw new Error('no socket was opened')
    return socket
  }

  get timers(): number {
    return this.#timers.size
  }

  wake(): void {
    for (const waker of [...this.#wakers]) waker()
  }

  /** Lets time pass; timers run in order, each at its own time. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms
    for (let timer = this.#next(end); timer; timer = this.#next(end)) {
      this.#timers.delete(timer)
      this.#now = timer.at
      timer.run()
      await settle()
    }
    this.#now = end
  }

  /** Time passes in which nothing runs: what was due runs late, once. */
  oversleep(ms: number): void {
    this.#now += ms
    for (const timer of [...this.#timers].filter(({ at }) => at <= this.#now)) {
      this.#timers.delete(timer)
      timer.run()
    }
  }

  #next(end: number): Timer | undefined {
    return [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
  }
}
