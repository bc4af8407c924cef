import type { Environment } from './environment.ts'
import type { OpenSocket } from './socket.ts'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-'
const ID_LENGTH = 21

/** The browser's clock, chance and events; a Node process has all of them but the events. */
export function hostEnvironment(
  openerOf: (environment: Omit<Environment, 'openSocket'>) => OpenSocket,
  send: typeof fetch = (...request) => fetch(...request),
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
    onHide,
    isVisible: () => typeof document === 'undefined' || document.visibilityState === 'visible',
    // Platforms without a browser's navigator know nothing, which is not the same as no network.
    isOnline: () => typeof navigator === 'undefined' || navigator.onLine !== false,
    report,
    fetch: send,
    ...(typeof location !== 'undefined' && { page: location.href }),
  }
  return { ...environment, openSocket: openerOf(environment) }
}

function onWake(listener: () => void): () => void {
  const stop = new AbortController()
  const listen = (target: EventTarget | undefined, names: readonly string[], heard: () => void) => {
    for (const name of names) target?.addEventListener(name, heard, { signal: stop.signal })
  }
  if (typeof document !== 'undefined') {
    const whenVisible = () => document.visibilityState === 'visible' && listener()
    listen(document, ['visibilitychange'], whenVisible)
    // A page that its browser had put to sleep, without having been hidden.
    listen(document, ['resume'], listener)
  }
  if (typeof window !== 'undefined') listen(window, ['pageshow', 'online', 'offline'], listener)
  return () => stop.abort()
}

function onHide(listener: () => void): () => void {
  const stop = new AbortController()
  if (typeof document !== 'undefined') {
    const whenHidden = () => document.visibilityState === 'hidden' && listener()
    document.addEventListener('visibilitychange', whenHidden, { signal: stop.signal })
  }
  return () => stop.abort()
}

/** As an exception that nobody catches, but for the code that goes on. */
function report(thrown: unknown): void {
  if (typeof reportError === 'function') reportError(thrown)
  else {
    queueMicrotask(() => {
      throw thrown
    })
  }
}
