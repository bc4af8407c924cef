import type { Environment } from './environment.ts'

/** The text a heartbeat sends, and the one that answers it. Neither is a frame; a sleeping tenant stays asleep. */
export const PING = 'ping'
export const PONG = 'pong'

/** Milliseconds of silence before a ping: below the 30 s after which some proxies drop a quiet socket. */
const IDLE_MS = 20_000
const IDLE_SPREAD_MS = 5_000

/** Milliseconds a ping may stay without any answer before the link counts as dead. */
export const PONG_DEADLINE_MS = 8_000

type Port = Pick<Environment, 'now' | 'random' | 'setTimer'> & {
  readonly send: (text: string) => void
  readonly measured: (rttMs: number) => void
  readonly dead: () => void
}

/** What a link is doing: quiet until the next ping, or waiting for an answer to one. */
type Phase =
  | { readonly is: 'stopped' }
  | { readonly is: 'quiet'; readonly cancel: () => void }
  | { readonly is: 'asked'; readonly at: number; readonly cancel: () => void }

/**
 * Finds out that a link is dead. A half-open socket reports nothing by itself: it takes what is sent
 * and stays silent.
 */
export class Heartbeat {
  readonly #port: Port
  #phase: Phase = { is: 'stopped' }

  constructor(port: Port) {
    this.#port = port
  }

  start(): void {
    this.#rest()
  }

  stop(): void {
    if (this.#phase.is !== 'stopped') this.#phase.cancel()
    this.#phase = { is: 'stopped' }
  }

  /** Something arrived, so the link lives. Returns true when it was the answer to a ping. */
  heard(text: string): boolean {
    const phase = this.#phase
    const isPong = text === PONG
    if (phase.is === 'stopped') return isPong
    if (isPong && phase.is === 'asked') this.#port.measured(this.#port.now() - phase.at)
    this.#rest()
    return isPong
  }

  /** Asks now: the page became visible or the network came back, so the link may be long gone. */
  probe(): void {
    if (this.#phase.is !== 'quiet') return
    this.#phase.cancel()
    const cancel = this.#port.setTimer(PONG_DEADLINE_MS, () => {
      this.#phase = { is: 'stopped' }
      this.#port.dead()
    })
    this.#phase = { is: 'asked', at: this.#port.now(), cancel }
    this.#port.send(PING)
  }

  #rest(): void {
    this.stop()
    const idleMs = IDLE_MS + this.#port.random() * IDLE_SPREAD_MS
    this.#phase = { is: 'quiet', cancel: this.#port.setTimer(idleMs, () => this.probe()) }
  }
}
