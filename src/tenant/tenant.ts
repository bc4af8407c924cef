import { DurableObject } from 'cloudflare:workers'
import type { Claims } from '../core/app/application.ts'
import type { TidemarkApp } from '../define/define-app.ts'
import { type Environment, type ReadEnvironment, registryOf } from '../platform/environment.ts'
import { writeLine } from '../platform/log-line.ts'
import type { ObjectClass } from '../platform/object-class.ts'
import type { TenantRpc } from '../platform/objects.ts'
import { createGateway } from '../postgres/gateway.ts'
import { createHistoryGateway } from '../postgres/history-gateway.ts'
import { readNudge } from '../protocol/internal/nudge.ts'
import { decodePrincipal, PRINCIPAL_HEADER, versionFor } from '../protocol/internal/principal.ts'
import type {
  HistoryAnswer,
  Outcome,
  PollReply,
  ReadAnswer,
  TenantHealth,
} from '../protocol/internal/tenant-answers.ts'
import { subprotocolOf } from '../protocol/version.ts'
import { authenticate } from '../worker/auth/authenticate.ts'
import { endOfTurn } from './inbox/end-of-turn.ts'
import type { Operations } from './operations/operations.ts'
import { TenantObject } from './tenant-object.ts'

/** Makes the Durable Object class for an application, one object a tenant: `TenantObject` on its platform. */
export function tenantClass(app: TidemarkApp, read: ReadEnvironment): ObjectClass<TenantRpc> {
  return class Tenant extends DurableObject<Environment> implements TenantRpc {
    readonly #object: TenantObject

    constructor(context: DurableObjectState, given: Environment) {
      super(context, given)
      const env = read(given)
      // Heartbeats are answered without waking the object.
      context.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'))
      const database = {
        connectionString: env.DATABASE_URL,
        app,
        ...(env.NEON_ENDPOINT && { fetchEndpoint: env.NEON_ENDPOINT }),
      }
      this.#object = new TenantObject(app, context, {
        postgres: (tenant) => createGateway({ ...database, tenant }),
        history: (tenant) => createHistoryGateway({ ...database, tenant }),
        registry: () => registryOf(env),
        verify: (token) => authenticate(env, app, token),
        polls: env.POLL_CHANGES !== 'off' && env.POLL_CHANGES !== 'cron',
        log: writeLine,
        now: Date.now,
        newId: () => crypto.randomUUID(),
        endOfTurn,
        pause: (ms) => new Promise((resolve) => void setTimeout(resolve, ms)),
      })
    }

    /** A request of the Worker: a socket that it let in, or a nudge. */
    override async fetch(request: Request): Promise<Response> {
      const { pathname, search } = new URL(request.url)
      const nudge = readNudge(pathname + search)
      if (nudge) {
        this.#object.nudged(nudge)
        return new Response(null, { status: 204 })
      }
      const [client, server] = Object.values(new WebSocketPair())
      if (!client || !server) throw new Error('a WebSocketPair has two ends')
      const principal = decodePrincipal(request.headers.get(PRINCIPAL_HEADER) ?? '')
      await this.#object.connect(principal, server)
      return new Response(null, {
        status: 101,
        webSocket: client,
        headers: { 'Sec-WebSocket-Protocol': subprotocolOf(versionFor(principal)) },
      })
    }

    read(claims: Claims, query: string, known: readonly string[]): Promise<ReadAnswer> {
      return this.#object.read(claims, query, known)
    }

    history(claims: Claims, question: string): Promise<HistoryAnswer> {
      return this.#object.history(claims, question)
    }

    awaitDrained(tenant: string, patienceMs: number): Promise<Outcome> {
      return this.#object.operate(tenant, patienceMs, (operations) => operations.awaitDrained())
    }

    export(tenant: string, patienceMs: number): ReturnType<Operations['export']> {
      return this.#object.operate(tenant, patienceMs, (operations) => operations.export())
    }

    forget(tenant: string, patienceMs: number, force: boolean): Promise<Outcome> {
      return this.#object.operate(tenant, patienceMs, (operations) => operations.forget(force))
    }

    health(tenant: string): Promise<TenantHealth | Outcome> {
      return this.#object.health(tenant)
    }

    erase(tenant: string): Promise<Outcome> {
      return this.#object.operate(tenant, 0, (operations) => operations.erase())
    }

    poll(): Promise<PollReply> {
      return this.#object.poll()
    }

    takeFrames(claims: Claims, id: string, frames: readonly string[]): Promise<boolean> {
      return this.#object.takeFrames(claims, id, frames)
    }

    endSession(claims: Claims, id: string): Promise<boolean> {
      return this.#object.endSession(claims, id)
    }

    override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
      await this.#object.received(socket, typeof message === 'string' ? message : '')
    }

    override webSocketClose(socket: WebSocket, code: number): void {
      this.#object.closed(socket)
      // Without an answer to its close frame a client sees 1006. Codes below 3000 may not be sent back.
      socket.close(code >= 3000 ? code : 1000)
    }

    override webSocketError(socket: WebSocket): void {
      this.#object.closed(socket)
    }

    override alarm(): Promise<void> {
      return this.#object.alarm()
    }
  }
}
