import type { Claims } from '../../../src/core/app/application.ts'
import type { Environment } from '../environment/environment.ts'
import type { Clock } from './clock.ts'
import type { TestServer } from './test-server.ts'
import type { Wire } from './wire.ts'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-'
const ID_LENGTH = 21

/** The means of the tenant that a device is made of, and whose it is. */
type Given = { readonly clock: Clock; readonly server: TestServer; readonly claims: Claims }

type Request = {
  readonly url: URL
  readonly resolve: (response: Response) => void
  readonly reject: (reason: Error) => void
}

/** The environment of one client: the tenant's clock and chance, and a network that can go away. */
export class Device implements Environment {
  /** Exceptions of the application's own listeners and rules, which nobody else hears. */
  readonly thrown: unknown[] = []
  readonly now: Environment['now']
  readonly random: Environment['random']
  readonly setTimer: Environment['setTimer']
  readonly openSocket: Environment['openSocket']
  readonly #wakers = new Set<() => void>()
  readonly #wires = new Set<Wire>()
  readonly #server: TestServer
  readonly #claims: Claims
  readonly #requests: Request[] = []
  #isOnline = true

  constructor({ clock, server, claims }: Given) {
    this.#server = server
    this.#claims = claims
    this.now = clock.now
    this.random = clock.random
    this.setTimer = clock.setTimer
    this.openSocket = (_url, _protocols, listener) => {
      const wire = server.connect(listener, claims)
      this.#wires.add(wire)
      return wire
    }
  }

  readonly newId = () =>
    Array.from({ length: ID_LENGTH }, () =>
      ALPHABET.charAt(Math.floor(this.random() * ALPHABET.length)),
    ).join('')

  /** By a promise, which the fake timers of no test runner hold back. */
  readonly soon = (run: () => void) => void Promise.resolve().then(run)
  readonly isVisible = () => true
  readonly isOnline = () => this.#isOnline
  readonly report = (thrown: unknown) => void this.thrown.push(thrown)

  readonly onWake = (listener: () => void) => {
    this.#wakers.add(listener)
    return () => void this.#wakers.delete(listener)
  }

  /** Nobody turns away from it. */
  readonly onHide = () => () => {}

  /** A request beside the connection, which is about the past. It is answered when what is under way arrives. */
  readonly fetch: Environment['fetch'] = (input) =>
    new Promise((resolve, reject) => {
      const request = { url: new URL(String(input)), resolve, reject }
      if (this.#isOnline) this.#requests.push(request)
      else reject(noNetwork())
    })

  /** The network comes or goes; what is on its way is lost when it goes. */
  turn(isOnline: boolean): void {
    if (this.#isOnline === isOnline) return
    this.#isOnline = isOnline
    if (!isOnline) this.#cut()
    for (const waker of [...this.#wakers]) waker()
  }

  /** Lets through whatever is on its way to or from the server. Returns whether there was something. */
  deliver(): boolean {
    if (!this.#isOnline) return this.#cut()
    let moved = false
    for (const wire of [...this.#wires]) {
      if (wire.open()) moved = true
      while (this.#take(wire)) moved = true
      while (wire.deliver()) moved = true
      if (!wire.over) continue
      this.#forget(wire)
      moved = true
    }
    for (const request of this.#requests.splice(0)) {
      this.#answer(request)
      moved = true
    }
    return moved
  }

  /** As in production, a rule that throws ends the connection. */
  #take(wire: Wire): boolean {
    try {
      return this.#server.take(wire)
    } catch (thrown) {
      this.thrown.push(thrown)
      wire.cut()
      return false
    }
  }

  #answer({ url, resolve, reject }: Request): void {
    try {
      const answer = this.#server.answerHistory(this.#claims, url.searchParams.get('q') ?? '')
      resolve(Response.json(answer, { status: 'code' in answer ? 400 : 200 }))
    } catch (thrown) {
      this.thrown.push(thrown)
      reject(noNetwork())
    }
  }

  #forget(wire: Wire): void {
    this.#wires.delete(wire)
    try {
      this.#server.forget(wire)
    } catch (thrown) {
      this.thrown.push(thrown)
    }
  }

  #cut(): boolean {
    const lost = [...this.#wires].filter(({ over }) => !over)
    for (const wire of lost) wire.cut()
    for (const wire of [...this.#wires]) this.#forget(wire)
    for (const { reject } of this.#requests.splice(0)) reject(noNetwork())
    return lost.length > 0
  }
}

/** As a browser's own `fetch` says it. */
const noNetwork = () => new TypeError('Failed to fetch')
