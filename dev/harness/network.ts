import type { OpenSocket } from '../../client/src/environment/socket.ts'
import { partysocketOpener } from '../../client/src/transport/transport.ts'

/** The network of one page: WebSockets that are cut as a network cuts them, and what went over them. */
export type Network = {
  readonly open: OpenSocket
  /** Characters of frames, both ways together. */
  readonly carried: () => number
  /** The line is gone; another one can be had. */
  cut(): void
  /** No line can be had until it is up again. */
  down(): void
  up(): void
}

/** Makes a network that works. */
export function network(): Network {
  const openWebSocket = partysocketOpener()
  const lines = new Set<() => void>()
  let isDown = false
  let carried = 0
  const cut = () => {
    for (const end of [...lines]) end()
  }
  return {
    open(url, protocols, listener) {
      let isOver = false
      const ended = (code: number) => {
        if (isOver) return
        isOver = true
        lines.delete(end)
        listener.closed(code)
      }
      const socket = openWebSocket(url, protocols, {
        ...listener,
        opened: (...args) => {
          if (!isOver) listener.opened(...args)
        },
        received: (text) => {
          if (isOver) return
          carried += text.length
          listener.received(text)
        },
        closed: ended,
      })
      const end = () => {
        socket.close()
        ended(1006)
      }
      lines.add(end)
      if (isDown) queueMicrotask(end)
      return {
        ...socket,
        close: () => {
          isOver = true
          lines.delete(end)
          socket.close()
        },
        send: (text) => {
          if (isOver) return
          carried += text.length
          socket.send(text)
        },
      }
    },
    carried: () => carried,
    cut,
    down() {
      isDown = true
      cut()
    },
    up() {
      isDown = false
    },
  }
}
