import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** A way to a server that can be cut, refuse, fall silent and be slow, as networks do. */
export type FaultyProxy = AsyncDisposable & {
  readonly url: string
  /** Milliseconds that everything takes on its way, in each direction. */
  delayMs: number
  /** Ends all connections at once, in the middle of whatever they carry. New ones pass. */
  cut(): void
  /** Ends all connections, and takes no new ones. */
  refuse(): Promise<void>
  /** From now on nothing passes, on connections that are open and on new ones; neither side hears that it ended. */
  fallSilent(): void
  /** New connections pass again. `resumes`: so do those that fell silent, with what they held back. */
  restore(options?: { resumes: boolean }): Promise<void>
}

/**
 * @param target where it leads to
 * @param at the port that it listens on; any that is free when nothing is said
 */
export async function startFaultyProxy(target: string, at = 0): Promise<FaultyProxy> {
  const { hostname, port: targetPort } = new URL(target)
  const links = new Set<Link>()
  const proxy = { delayMs: 0 }
  let isSilent = false
  const take = (near: Socket) => {
    const link = new Link(near, {
      reach: () => connect(Number(targetPort), hostname),
      delayMs: () => proxy.delayMs,
      ended: () => links.delete(link),
    })
    links.add(link)
    if (!isSilent) link.resume()
  }
  const open = async (port: number) => {
    const server = createServer({ pauseOnConnect: true }, take)
    await once(server.listen(port, '127.0.0.1'), 'listening')
    return server
  }
  let server: Server | undefined = await open(at)
  // A server that listens on a port has such an address.
  const { port } = server.address() as AddressInfo
  const cut = () => {
    for (const link of links) link.cut()
  }
  const refuse = async () => {
    const closing = server
    server = undefined
    const closed = closing && once(closing.close(), 'close')
    cut()
    await closed
  }
  return Object.assign(proxy, {
    url: `http://127.0.0.1:${port}`,
    cut,
    refuse,
    fallSilent() {
      isSilent = true
      for (const link of links) link.pause()
    },
    async restore({ resumes } = { resumes: false }) {
      isSilent = false
      if (resumes) for (const link of links) link.resume()
      server ??= await open(port)
    },
    [Symbol.asyncDispose]: refuse,
  })
}

type Port = {
  readonly reach: () => Socket
  readonly delayMs: () => number
  readonly ended: () => void
}

/** A connection and its continuation to the server, which is made when something passes first. */
class Link {
  readonly #near: Socket
  readonly #port: Port
  #far: Socket | undefined
  #isSilent = true

  constructor(near: Socket, port: Port) {
    this.#near = near
    this.#port = port
    near.on('error', () => this.#broken())
  }

  pause(): void {
    this.#isSilent = true
    this.#near.pause()
    this.#far?.pause()
  }

  resume(): void {
    this.#isSilent = false
    if (!this.#far) {
      const far = this.#port.reach()
      this.#far = far
      far.on('error', () => this.#broken())
      this.#carry(this.#near, far)
      this.#carry(far, this.#near)
    }
    this.#near.resume()
    this.#far.resume()
  }

  cut(): void {
    this.#near.resetAndDestroy()
    this.#far?.destroy()
    this.#port.ended()
  }

  /** The end of one side is news for the other, unless nothing passes. */
  #broken(): void {
    if (!this.#isSilent) this.cut()
  }

  /** Whatever comes is passed on in its order, each piece after the delay that there is when it comes. */
  #carry(from: Socket, to: Socket): void {
    const late: { readonly at: number; readonly pass: () => void }[] = []
    const passDue = () => {
      const now = performance.now()
      for (let next = late[0]; next && next.at <= now; next = late[0]) {
        late.shift()
        next.pass()
      }
      if (late[0]) setTimeout(passDue, late[0].at - now)
    }
    const after = (pass: () => void) => {
      const delayMs = this.#port.delayMs()
      if (delayMs === 0 && late.length === 0) {
        pass()
        return
      }
      late.push({ at: Math.max(performance.now() + delayMs, late.at(-1)?.at ?? 0), pass })
      if (late.length === 1) setTimeout(passDue, delayMs)
    }
    from.on('data', (chunk: Buffer) => after(() => to.write(chunk)))
    from.on('end', () => after(() => to.end()))
    from.on('close', () => {
      if (!from.readableEnded) this.#broken()
    })
  }
}
