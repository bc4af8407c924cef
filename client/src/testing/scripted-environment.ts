import type { Environment } from '../environment/environment.ts'
import type { OpenSocket, SocketListener } from '../environment/socket.ts'
import { pendingPromise } from '../queue/pending-promise.ts'
import type { Supply, Surroundings } from '../trace/event.ts'

type TokenAsk = { readonly answer: (token: string | null) => void; readonly fail: (error: Error) => void }

/** An environment in which nothing happens by itself: a script says what, and when it is. */
export class ScriptedEnvironment implements Environment {
  time: number
  /** By milliseconds and number. */
  readonly timers = new Map<string, () => void>()
  readonly turns = new Map<number, () => void>()
  readonly sockets = new Map<number, SocketListener>()
  readonly asks = new Map<number, TokenAsk>()
  readonly wakers = new Set<() => void>()
  readonly hiders = new Set<() => void>()
  readonly #counts = new Map<number, number>()
  #turns = 0
  #asks = 0
  #random: number[] = []
  #ids: string[] = []
  #around: Surroundings = { online: true, visible: true, signs: false }
  readonly #load = pendingPromise<undefined>()

  constructor(time: number) {
    this.time = time
  }

  /** The chance, names and surroundings up to the next event. */
  supply(supplies: readonly Supply[]): void {
    this.#random = supplies.flatMap((one) => (one.is === 'random' ? [one.value] : []))
    this.#ids = supplies.flatMap((one) => (one.is === 'id' ? [one.id] : []))
    for (const one of supplies) if (one.is === 'around') this.#around = one.around
  }

  readonly now = () => this.time
  readonly random = () => this.#random.shift() ?? 0
  readonly newId = () => this.#ids.shift() ?? 'a-name-that-was-not-drawn'

  readonly setTimer = (ms: number, run: () => void) => {
    const nth = (this.#counts.get(ms) ?? 0) + 1
    this.#counts.set(ms, nth)
    const key = timerKey(ms, nth)
    this.timers.set(key, run)
    return () => void this.timers.delete(key)
  }

  readonly soon = (run: () => void) => void this.turns.set(++this.#turns, run)
  readonly isOnline = () => this.#around.online
  readonly isVisible = () => this.#around.visible
  readonly signs = () => this.#around.signs
  /** No listener here throws. */
  readonly report = (thrown: unknown): never => {
    throw thrown
  }

  readonly onWake = (listener: () => void) => {
    this.wakers.add(listener)
    return () => void this.wakers.delete(listener)
  }

  readonly onHide = (listener: () => void) => {
    this.hiders.add(listener)
    return () => void this.hiders.delete(listener)
  }

  readonly openSocket: OpenSocket = (_url, _protocols, listener) => {
    const socket = this.sockets.size + 1
    this.sockets.set(socket, listener)
    return { send: () => {}, close: () => {} }
  }

  readonly fetch: Environment['fetch'] = () =>
    Promise.reject(new TypeError('A replay answers no requests beside the connection.'))

  readonly getToken = () => {
    const { promise, resolve, reject } = pendingPromise<string | null>()
    this.asks.set(++this.#asks, { answer: resolve, fail: reject })
    return promise
  }

  /** Gives the code that is needed once the client has been let in, when the script says so. */
  readonly untilLoaded = () => this.#load.promise

  /** @param error why it cannot be loaded */
  loaded(error?: string): void {
    if (error === undefined) this.#load.resolve(undefined)
    else this.#load.reject(new Error(error))
  }
}

/** A timer by its name in a script. */
export function timerKey(ms: number, nth: number): string {
  return `${ms} ms, no. ${nth}`
}
