import { type OpenSocket, partysocketOpener } from '../../client/src/transport/transport.ts'

/** Opens sockets as clients do, and tells how many characters each frame has that comes in. */
export function countedOpener(count: (characters: number) => void): OpenSocket {
  const open = partysocketOpener()
  return (url, protocols, listener) =>
    open(url, protocols, {
      opened: () => listener.opened(),
      received: (text) => {
        count(text.length)
        listener.received(text)
      },
      closed: (code) => listener.closed(code),
    })
}
