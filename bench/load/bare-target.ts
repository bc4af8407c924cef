import { once } from 'node:events'
import type { WebSocket } from 'ws'
import { openSocket, type Target } from './target.ts'

/** One of the floors: a write is a message, and so is what subscribers get. */
export function bareTarget(url: string): Target {
  const sockets: WebSocket[] = []
  const open = async (path: string) => {
    const socket = await openSocket(`${url}${path}`)
    sockets.push(socket)
    return socket
  }
  return {
    async subscribe(_, heard) {
      const socket = await open('/sync/subscribe')
      await once(socket, 'message')
      socket.on('message', heard)
    },
    async openWriter() {
      const socket = await open('/sync/write')
      return (writes) => {
        for (const write of writes) socket.send(JSON.stringify(write))
      }
    },
    close() {
      for (const socket of sockets) socket.terminate()
    },
  }
}
