import type { Environment } from '../environment/environment.ts'
import type { OpenSocket } from '../environment/socket.ts'
import { fallbackOpener } from './fallback.ts'
import { laterOpener } from './later-opener.ts'
import { partysocketOpener, type SocketClass } from './transport.ts'

/** A WebSocket, and events where none gets through. */
export const networkOpener = (
  { now, setTimer, fetch }: Omit<Environment, 'openSocket'>,
  socketClass?: SocketClass,
): OpenSocket =>
  fallbackOpener({
    webSocket: partysocketOpener(socketClass),
    events: laterOpener(async () => {
      const { eventsOpener } = await import('./events-opener.ts')
      return eventsOpener({ now, setTimer, fetch })
    }),
    now,
    setTimer,
  })
