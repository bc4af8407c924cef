import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** `down` is what the server sends. */
type Direction = 'up' | 'down'

/** Something between a client and a server that counts what passes, and can stop reading. */
export type CountingProxy = AsyncDisposable & {
  readonly url: string
  /** Bytes that passed so far in both directions, everything above TCP. */
  readonly bytes: number
  /** Reads nothing more, as a client does that hangs: what is sent stays where it is. */
  hold(): void
  /** Reads on in one direction. */
  release(direction: Direction): void
}

export async function startCountingProxy(target: string): Promise<CountingProxy> {
  const { hostname, port: targetPort } = new URL(target)
  const links: { readonly from: Socket; readonly to: Socket; readonly direction: Direction }[] = []
  let bytes = 0
  const pass = (from: Socket, to: Socket, direction: Direction) => {
    links.push({ from, to, direction })
    from.on('data', (data) => {
      bytes += data.length
    })
    // An end in the middle of something is an end all the same.
    from.on('error', () => to.destroy())
    from.pipe(to)
  }
  const server = createServer((near) => {
    const far = connect(Number(targetPort), hostname)
    pass(near, far, 'up')
    pass(far, near, 'down')
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
    hold() {
      for (const { from, to } of links) from.unpipe(to).pause()
    },
    release(released) {
      for (const { from, to, direction } of links) if (direction === released) from.pipe(to)
    },
    async [Symbol.asyncDispose]() {
      for (const { from } of links) from.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
