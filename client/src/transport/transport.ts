import ReconnectingWebSocket from 'partysocket/ws'
import type { OpenSocket } from '../environment/socket.ts'

/** A socket class as browsers have it, or one that is like theirs, as that of the package `ws`. */
export type SocketClass = new (
  url: string,
  protocols?: string | string[],
) => {
  readonly readyState: number
  send(text: string): void
  close(code?: number, reason?: string): void
  addEventListener(type: 'error', listener: () => void): void
}

/** Milliseconds for the whole of an opening; the connection's own deadline is what decides. */
const NEVER_BEFORE_US_MS = 60_000

/**
 * Opens sockets by partysocket, for one attempt each: when to come back, and what to send then, is
 * decided by the connection and the queue, which know more than a socket does.
 *
 * A socket that is done with is cut off here, so a late close of an old one cannot end its successor.
 */
export function partysocketOpener(socketClass?: SocketClass): OpenSocket {
  return (url, protocols, listener) => {
    let isBroken = false
    const own = socketClass ?? globalThis.WebSocket
    const socket = new ReconnectingWebSocket(url, [...protocols], {
      // Where there is none, partysocket says so.
      ...(own && {
        WebSocket: noticing(own, () => {
          isBroken = true
        }),
      }),
      maxRetries: 0,
      maxEnqueuedMessages: 0,
      connectionTimeout: NEVER_BEFORE_US_MS,
      shouldReconnectOnClose: () => false,
    })
    let over = false
    const end = (code: number) => {
      if (over) return
      over = true
      socket.close()
      // What breaks, partysocket tells as a close of its own, with the code of an orderly one.
      listener.closed(isBroken ? ABNORMAL : code)
    }
    socket.addEventListener('open', () => {
      if (!over) listener.opened(socket.protocol)
    })
    socket.addEventListener('message', ({ data }) => {
      if (!over && typeof data === 'string') listener.received(data)
    })
    socket.addEventListener('close', ({ code }) => end(code))
    // An opening that fails before there is a socket is told as an error only.
    socket.addEventListener('error', () => end(ABNORMAL))
    return {
      send: (text) => {
        if (!over) socket.send(text)
      },
      close: () => {
        over = true
        socket.close()
      },
    }
  }
}

const ABNORMAL = 1006

/** The same class, whose sockets say that they have failed before anybody else hears of it. */
function noticing(socketClass: SocketClass, failed: () => void): SocketClass {
  return class extends socketClass {
    constructor(url: string, protocols?: string | string[]) {
      super(url, protocols)
      this.addEventListener('error', failed)
    }
  }
}
