import type { WebSocket } from 'ws'
import { openSocket, type Target } from '../../load/target.ts'

/** PartyServer: a write is a message, which everybody else gets as it is. Nobody is sent rows at first. */
export function openTarget(url: string): Target {
  const sockets: WebSocket[] = []
  const open = async (heard?: (frame: Buffer) => void) => {
    const socket = await openSocket(`${url}/sync/room`, [], heard)
    sockets.push(socket)
    return socket
  }
  return {
    async subscribe(_, heard) {
      await open(heard)
    },
    async openWriter() {
      const socket = await open()
      return (writes) => {
        for (const write of writes) socket.send(JSON.stringify(write))
      }
    },
    close() {
      for (const socket of sockets) socket.terminate()
    },
  }
}
