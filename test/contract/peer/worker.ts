import { DurableObject } from 'cloudflare:workers'
import { createWorker, type Environment } from 'tidemark/worker'
import { PING, PONG } from '../../../client/src/transport/ping.ts'
import { decodePrincipal, PRINCIPAL_HEADER } from '../../../src/protocol/internal/principal.ts'
import { SUBPROTOCOL } from '../../../src/protocol/version.ts'
import { app } from '../../fixtures/board/sync.ts'

/**
 * An object that says and does to its one connection what a test asks for, behind the routes of the product. A
 * tenant of its own for each connection keeps them apart.
 */
export class Tenant extends DurableObject {
  readonly #heard: string[] = []
  #session: string | undefined
  #socket: WebSocket | undefined

  override async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url)
    switch (pathname.split('/').at(-1)) {
      case 'connect':
        return this.#accept(decodePrincipal(request.headers.get(PRINCIPAL_HEADER) ?? '').session)
      case 'say':
        this.#socket?.send(await request.text())
        break
      case 'close':
        this.#socket?.close(Number(searchParams.get('code')), searchParams.get('reason') ?? '')
        this.#socket = undefined
        break
      case 'cut':
        this.ctx.abort('the line is cut')
    }
    return Response.json({ heard: this.#heard, isOpen: this.#socket !== undefined })
  }

  takeFrames(_: unknown, session: string, frames: readonly string[]): boolean {
    if (!this.#socket || session !== this.#session) return false
    this.#heard.push(...frames)
    return true
  }

  endSession(_: unknown, session: string): boolean {
    if (!this.#socket || session !== this.#session) return false
    this.#socket.close(1000)
    this.#socket = undefined
    return true
  }

  #accept(session: string | undefined): Response {
    const [client, server] = Object.values(new WebSocketPair())
    if (!client || !server) throw new Error('a WebSocketPair has two ends')
    server.accept()
    server.addEventListener('message', ({ data }) => {
      // The product's object has this answered while it sleeps.
      if (data === PING) server.send(PONG)
      else this.#heard.push(String(data))
    })
    server.addEventListener('close', () => {
      server.close()
      if (this.#socket === server) this.#socket = undefined
    })
    this.#socket = server
    this.#session = session
    const headers = { 'Sec-WebSocket-Protocol': SUBPROTOCOL }
    return new Response(null, { status: 101, webSocket: client, headers })
  }
}

/** The configuration of the product names a second class, of which nothing is asked here. */
export class Registry extends DurableObject {}

const { routes } = createWorker(app)

export default {
  fetch(request, env, context) {
    const [, , peer, tenant] = new URL(request.url).pathname.split('/')
    if (peer !== 'peer' || tenant === undefined) return routes.fetch(request, env, context)
    return env.TENANT.get(env.TENANT.idFromName(tenant)).fetch(request)
  },
} satisfies ExportedHandler<Environment>
