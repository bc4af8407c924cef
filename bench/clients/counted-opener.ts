import type { OpenSocket } from '../../client/src/environment/socket.ts'
import { partysocketOpener } from '../../client/src/transport/transport.ts'

/** Opens sockets as clients do, and tells how many characters each frame has that comes in. */
export function countedOpener(count: (characters: number) => void): OpenSocket {
  const open = partysocketOpener()
  return (url, protocols, listener) =>
    open(url, protocols, {
      opened: (subprotocol) => listener.opened(subprotocol),
      received: (text) => {
        count(text.length)
        listener.received(text)
      },
      closed: (code) => listener.closed(code),
    })
}
