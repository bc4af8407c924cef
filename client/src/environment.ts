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

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-'
const ID_LENGTH = 21

/** The browser's clock, chance and events; a Node process has all of them but the events. */
export function hostEnvironment(
  openerOf: (environment: Omit<Environment, 'openSocket'>) => OpenSocket,
): Environment {
  const environment = {
    now: Date.now,
    random: Math.random,
    newId: () => {
      const bytes = crypto.getRandomValues(new Uint8Array(ID_LENGTH))
      return Array.from(bytes, (byte) => ALPHABET.charAt(byte & 63)).join('')
    },
    setTimer: (ms: number, run: () => void) => {
      const timer = setTimeout(run, ms)
      return () => clearTimeout(timer)
    },
    // Wrapped: as a method of anything but the window, browsers refuse to run it.
    soon: (run: () => void) => queueMicrotask(run),
    onWake,
    ...(typeof location !== 'undefined' && { page: location.href }),
  }
  return { ...environment, openSocket: openerOf(environment) }
}

function onWake(listener: () => void): () => void {
  const stop = new AbortController()
  if (typeof document !== 'undefined') {
    const whenVisible = () => document.visibilityState === 'visible' && listener()
    document.addEventListener('visibilitychange', whenVisible, { signal: stop.signal })
  }
  if (typeof window !== 'undefined') window.addEventListener('online', listener, { signal: stop.signal })
  return () => stop.abort()
}
