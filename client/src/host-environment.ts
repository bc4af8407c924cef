import type { Environment } from './environment.ts'
import type { OpenSocket } from './transport.ts'

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
