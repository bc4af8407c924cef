import type { WebSocket } from 'ws'
import { openSocket, type Target } from '../../load/target.ts'
import { recordId, schema } from './schema.ts'

/** What the installed version of tldraw sync speaks; it does not export the number. */
const PROTOCOL_VERSION = 8

/** How often a client tells that it is there, as tldraw's own does. */
const PING_EVERY_MS = 5_000

/** tldraw sync: writes that are made at the same time are one push. */
export function openTarget(url: string): Target {
  const sockets: WebSocket[] = []
  const open = async (heard: (frame: Buffer) => void) => {
    const all = Promise.withResolvers<void>()
    let take = (frame: Buffer) => {
      if (!String(frame).includes('"connect"')) return
      take = heard
      all.resolve()
    }
    const socket = await openSocket(`${url}/sync/room`, [], (frame) => take(frame))
    sockets.push(socket)
    const request = {
      type: 'connect',
      connectRequestId: `connect-${sockets.length}`,
      protocolVersion: PROTOCOL_VERSION,
      schema: schema.serialize(),
      lastServerClock: -1,
    }
    socket.send(JSON.stringify(request))
    await all.promise
    return socket
  }
  const pinging = setInterval(() => {
    for (const socket of sockets) socket.send('{"type":"ping"}')
  }, PING_EVERY_MS)
  return {
    async subscribe(_, heard) {
      await open(heard)
    },
    async openWriter() {
      // What others write reaches a writer too, and is of no interest to it.
      const socket = await open(() => {})
      let clientClock = 0
      return (writes) => {
        const diff = Object.fromEntries(
          writes.map(({ id, reference }) => [recordId(id), ['patch', { reference: ['put', reference] }]]),
        )
        clientClock += 1
        socket.send(JSON.stringify({ type: 'push', clientClock, diff }))
      }
    },
    close() {
      clearInterval(pinging)
      for (const socket of sockets) socket.terminate()
    },
  }
}
