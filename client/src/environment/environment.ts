import type { OpenSocket } from './socket.ts'

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
  /** Calls when the page came to the front, and when the network came or went. Returns how to stop. */
  readonly onWake: (listener: () => void) => () => void
  /** Calls when the page is not in front of anybody any more. Returns how to stop. */
  readonly onHide: (listener: () => void) => () => void
  /** Is the page in front of somebody? */
  readonly isVisible: () => boolean
  /** False where the platform knows that there is no network. */
  readonly isOnline: () => boolean
  /** Takes an exception of the application's that the application does not hear itself. */
  readonly report: (thrown: unknown) => void
  readonly openSocket: OpenSocket
  /** A request beside the connection. */
  readonly fetch: typeof fetch
  /** The page's own address, if there is a page. */
  readonly page?: string
}
