import { DurableObject } from 'cloudflare:workers'
import type { Revocation } from '../core/access/revocation.ts'
import type { AlertRules } from '../core/alerts/rules.ts'
import type { Claims } from '../core/app/application.ts'
import type { Reading } from '../core/metrics/reading.ts'
import type { PostgresPort } from '../core/outbox/postgres-port.ts'
import type { TidemarkApp } from '../define/define-app.ts'
import { type Environment, type ReadEnvironment, registryOf } from '../platform/environment.ts'
import { writeLine } from '../platform/log-line.ts'
import type { ObjectClass } from '../platform/object-class.ts'
import type { TenantRpc } from '../platform/objects.ts'
import { createGateway } from '../postgres/gateway.ts'
import { createHistoryGateway } from '../postgres/history-gateway.ts'
import type { WireError } from '../protocol/errors.ts'
import type { Act, TenantActivity } from '../protocol/internal/activity.ts'
import { type Credential, UNMARKED } from '../protocol/internal/credential.ts'
import { readNudge } from '../protocol/internal/nudge.ts'
import { decodePrincipal, PRINCIPAL_HEADER, versionFor } from '../protocol/internal/principal.ts'
import type {
  HistoryAnswer,
  Outcome,
  PollReply,
  ReadAnswer,
  Revoked,
  TenantHealth,
} from '../protocol/internal/tenant-answers.ts'
import { subprotocolOf } from '../protocol/version.ts'
import { authenticate } from '../worker/auth/authenticate.ts'
import { endOfTurn } from './inbox/end-of-turn.ts'
import { whyUnknown } from './operations/existing.ts'
import type { Operations } from './operations/operations.ts'
import { healthOfUnopened } from './operations/tenant-health.ts'
import type { TokenHolder } from './sessions/why-over.ts'
import { isUsed } from './storage/schema-steps.ts'
import { TenantObject } from './tenant-object.ts'

/** Makes the Durable Object class for an application, one object a tenant: `TenantObject` on its platform. */
export function tenantClass(
  app: TidemarkApp,
  alerts: AlertRules,
  read: ReadEnvironment,
): ObjectClass<TenantRpc> {
  return class Tenant extends DurableObject<Environment> implements TenantRpc {
    readonly #gateway: (tenant: () => string) => PostgresPort
    readonly #compose: () => TenantObject
    #composed: TenantObject | undefined

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
      this.#gateway = (tenant) => createGateway({ ...database, tenant })
      this.#compose = () =>
        new TenantObject(app, context, {
          postgres: this.#gateway,
          history: (tenant) => createHistoryGateway({ ...database, tenant }),
          registry: () => registryOf(env),
          alerts,
          verify: (token) => authenticate(env, app, token),
          polls: env.POLL_CHANGES !== 'off' && env.POLL_CHANGES !== 'cron',
          log: writeLine,
          analytics: env.METRICS,
          now: Date.now,
          newId: () => crypto.randomUUID(),
          endOfTurn,
          pause: (ms) => new Promise((resolve) => void setTimeout(resolve, ms)),
        })
      if (isUsed(context.storage)) this.#composed = this.#compose()
    }

    /** Composed, which writes its schema, with the first event that uses it; whether there is a tenant does not. */
    get #object(): TenantObject {
      this.#composed ??= this.#compose()
      return this.#composed
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

    read(
      claims: Claims,
      query: string,
      known: readonly string[],
      credential?: Credential,
    ): Promise<ReadAnswer> {
      return this.#object.read(holderOf(claims, credential), query, known)
    }

    history(claims: Claims, question: string, credential?: Credential): Promise<HistoryAnswer> {
      return this.#object.history(holderOf(claims, credential), question)
    }

    awaitDrained(tenant: string, patienceMs: number): Promise<Outcome> {
      return this.#operate(tenant, patienceMs, (operations) => operations.awaitDrained())
    }

    export(tenant: string, patienceMs: number): ReturnType<Operations['export']> {
      return this.#operate(tenant, patienceMs, (operations) => operations.export())
    }

    forget(tenant: string, patienceMs: number, force: boolean): Promise<Outcome> {
      return this.#operate(tenant, patienceMs, (operations) => operations.forget(force))
    }

    health(tenant: string): Promise<TenantHealth | Outcome> {
      return (
        this.#composed?.health(tenant) ??
        healthOfUnopened(
          this.#gateway(() => tenant),
          tenant,
        )
      )
    }

    async activity(tenant: string, client: string): Promise<TenantActivity | Outcome> {
      const activity = this.#composed?.activity(tenant, client)
      if (activity) return activity
      const health = await this.health(tenant)
      if ('is' in health) return health
      return { health, names: [], points: [], sessions: [], conflicts: [], entries: [] }
    }

    async act(tenant: string, patienceMs: number, act: Act): Promise<Outcome> {
      const unknown = await this.#whyUnknown(tenant)
      return unknown ?? this.#object.act(tenant, patienceMs, act)
    }

    revoke(tenant: string, revocations: readonly Revocation[]): Promise<Revoked | Outcome> {
      return this.#object.revoke(tenant, revocations)
    }

    async metrics(tenant: string): Promise<Reading | null> {
      return this.#composed?.metrics(tenant) ?? null
    }

    erase(tenant: string): Promise<Outcome> {
      return this.#operate(tenant, 0, (operations) => operations.erase())
    }

    poll(): Promise<PollReply> {
      return this.#object.poll()
    }

    takeFrames(
      claims: Claims,
      id: string,
      frames: readonly string[],
      credential?: Credential,
    ): Promise<boolean | WireError> {
      return this.#object.takeFrames(holderOf(claims, credential), id, frames)
    }

    endSession(claims: Claims, id: string): Promise<boolean> {
      return this.#object.endSession(claims, id)
    }

    async #operate<Done>(
      tenant: string,
      patienceMs: number,
      act: (operations: Operations) => Promise<Done>,
    ): Promise<Done | Outcome> {
      const unknown = await this.#whyUnknown(tenant)
      return unknown ?? this.#object.operate(tenant, patienceMs, act)
    }

    async #whyUnknown(tenant: string): Promise<Outcome | undefined> {
      if (this.#composed) return undefined
      return whyUnknown(
        this.#gateway(() => tenant),
        tenant,
      )
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

/** A Worker of an earlier deployment says nothing of the token: it has just checked it. */
function holderOf(claims: Claims, credential?: Credential): TokenHolder {
  return { claims, ...(credential ?? { expiresAt: Number.POSITIVE_INFINITY, marks: UNMARKED }) }
}
