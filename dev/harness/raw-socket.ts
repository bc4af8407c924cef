import { BEARER_PREFIX, SUBPROTOCOL } from '../../src/protocol/version.ts'

/** Opens a WebSocket to the service with a token, and nothing more: no hello is said, so nothing comes either. */
export async function openRawSocket(url: string, token: string): Promise<WebSocket> {
  const address = new URL('/sync/connect', url.replace(/^http/, 'ws'))
  const socket = new WebSocket(address, [SUBPROTOCOL, `${BEARER_PREFIX}${token}`])
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve(), { once: true })
    socket.addEventListener('error', () => reject(new Error('the socket did not open')), { once: true })
  })
  return socket
}
