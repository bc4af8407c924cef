import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** Something between a client and a server that counts what passes, in both directions. */
export type CountingProxy = AsyncDisposable & {
  readonly url: string
  /** Bytes that passed so far, everything above TCP. */
  readonly bytes: number
}

export async function startCountingProxy(target: string): Promise<CountingProxy> {
  const { hostname, port: targetPort } = new URL(target)
  const sockets = new Set<Socket>()
  let bytes = 0
  const pass = (from: Socket, to: Socket) => {
    sockets.add(from)
    from.on('data', (data) => {
      bytes += data.length
    })
    // An end in the middle of something is an end all the same.
    from.on('error', () => to.destroy())
    from.pipe(to)
  }
  const server = createServer((near) => {
    const far = connect(Number(targetPort), hostname)
    pass(near, far)
    pass(far, near)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A server that listens on a port has such an address.
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    get bytes() {
      return bytes
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
