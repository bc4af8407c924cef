import type { OpenSocket } from './transport.ts'

/** Everything the client takes from outside, so that tests and simulations decide it. */
export type Environment = {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** At least 0, below 1. For spreading load only. */
  readonly random: () => number
  /** A name nobody else makes up: 21 of A-Z a-z 0-9 _ -, which is 126 bits. */
  readonly newId: () => string
  /** Runs once after `ms`, unless the returned function is called before. */
  readonly setTimer: (ms: number, run: () => void) => () => void
  /** Runs after the caller's turn is over, before any timer. */
  readonly soon: (run: () => void) => void
  /** Calls when the page became visible or the network came back. Returns how to stop. */
  readonly onWake: (listener: () => void) => () => void
  readonly openSocket: OpenSocket
  /** The page's own address, if there is a page. */
  readonly page?: string
}
