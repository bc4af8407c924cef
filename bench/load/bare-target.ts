import type { WebSocket } from 'ws'
import { openSocket, type Target } from './target.ts'

/** One of the floors: a write is a message, and so is what subscribers get. */
export function bareTarget(url: string): Target {
  const sockets: WebSocket[] = []
  const open = async (path: string, heard?: (frame: Buffer) => void) => {
    const socket = await openSocket(`${url}${path}`, [], heard)
    sockets.push(socket)
    return socket
  }
  return {
    async subscribe(_, heard) {
      const all = Promise.withResolvers<void>()
      let take = (_frame: Buffer) => {
        take = heard
        all.resolve()
      }
      await open('/sync/subscribe', (frame) => take(frame))
      await all.promise
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
