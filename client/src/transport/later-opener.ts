import type { OpenSocket, Socket } from '../environment/socket.ts'

/** The code of a socket that ended without a close frame. */
const ABNORMAL = 1006

/** A way to connect that is loaded when it is first gone. Should that fail, it is as if the way had not led through. */
export function laterOpener(load: () => Promise<OpenSocket>): OpenSocket {
  let loaded: OpenSocket | undefined
  return (url, protocols, listener) => {
    // One way for all attempts: it may have learned of its network.
    if (loaded) return loaded(url, protocols, listener)
    let socket: Socket | undefined
    let isOver = false
    load().then(
      (open) => {
        loaded ??= open
        if (!isOver) socket = loaded(url, protocols, listener)
      },
      () => {
        if (!isOver) listener.closed(ABNORMAL)
      },
    )
    return {
      send: (text) => socket?.send(text),
      close() {
        isOver = true
        socket?.close()
      },
    }
  }
}
