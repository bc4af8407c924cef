import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/** What a proxy does with a WebSocket: says no, or never answers. */
export type Blocking = 'refuses' | 'is silent'

/** A proxy that lets no WebSocket through, and cuts what it lets through when it is told to. */
export type BlockingProxy = AsyncDisposable & {
  readonly url: string
  /** How WebSockets are blocked. */
  blocking: Blocking
  /** Ends all connections at once, in the middle of whatever they carry. */
  cut(): void
}

export async function startBlockingProxy(target: string): Promise<BlockingProxy> {
  const sockets = new Set<Socket>()
  const server = createServer((incoming, outgoing) => forward(target, incoming, outgoing))
  const proxy: { blocking: Blocking } = { blocking: 'refuses' }
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.on('upgrade', (_, socket) => {
    if (proxy.blocking === 'refuses') socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A server that listens on a port has such an address.
  const { port } = server.address() as AddressInfo
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  return Object.assign(proxy, {
    url: `http://127.0.0.1:${port}`,
    cut,
    async [Symbol.asyncDispose]() {
      cut()
      server.close()
      await once(server, 'close')
    },
  })
}

function forward(target: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { method, headers, url = '/' } = incoming
  const onward = request(new URL(url, target), { ...(method && { method }), headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(outgoing)
    answer.on('error', () => outgoing.destroy())
  })
  onward.on('error', () => outgoing.destroy())
  outgoing.on('close', () => onward.destroy())
  incoming.pipe(onward)
}
