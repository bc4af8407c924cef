import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A way to a server that counts the WebSockets that are open over it. */
export type SocketCounter = AsyncDisposable & {
  readonly url: string
  readonly open: number
}

const UPGRADE = /^upgrade: *websocket/im

export async function countSockets(target: string): Promise<SocketCounter> {
  const { hostname, port: targetPort } = new URL(target)
  const open = new Set<Socket>()
  const links = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(Number(targetPort), hostname)
    links.add(near)
    // A browser opens a connection for each socket, so its head is the first that comes.
    near.once('data', (head) => {
      if (UPGRADE.test(head.toString('latin1'))) open.add(near)
    })
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.pipe(to)
      // An end in the middle of something is an end all the same.
      from.on('error', () => to.destroy())
      from.on('close', () => {
        to.destroy()
        open.delete(near)
        links.delete(near)
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A server that listens on a port has such an address.
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    get open() {
      return open.size
    },
    async [Symbol.asyncDispose]() {
      for (const link of links) link.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
