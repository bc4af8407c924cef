import { DurableObject } from 'cloudflare:workers'
import type { Claims } from '../core/application.ts'
import { authenticate } from '../edge/authenticate.ts'
import { type Environment, watchOf } from '../edge/environment.ts'
import { type Nudge, readNudge, readPrincipal } from '../edge/principal.ts'
import type { TidemarkApp } from '../postgres/define-app.ts'
import { createGateway } from '../postgres/gateway.ts'
import { decodeUp } from '../protocol/codec.ts'
import { CLOSE, type WireError, wireError } from '../protocol/errors.ts'
import { HELLO_DEADLINE_MS, MAX_SOCKETS_PER_SUBJECT } from '../protocol/limits.ts'
import { SUBPROTOCOL } from '../protocol/version.ts'
import type { LookReply } from '../watch/round.ts'
import { Alarm } from './alarm.ts'
import { readmit } from './budget.ts'
import { noticeSchema, tellManifest } from './change-schema.ts'
import { ChangesSince } from './changes-since.ts'
import { claim } from './claim.ts'
import { Comparison } from './comparison.ts'
import { endIfExpired, lookAtDeadlines } from './deadlines.ts'
import { declareIndexes } from './declared-indexes.ts'
import { Drain } from './drain.ts'
import type { Unwelcome } from './greet.ts'
import { crowded } from './greet.ts'
import { Hydration } from './hydrate.ts'
import { Inbox } from './inbox.ts'
import { Lifecycle, type Outcome } from './lifecycle.ts'
import { Listing } from './listing.ts'
import { tenantLog } from './log-line.ts'
import { Meta } from './meta.ts'
import { PageCache } from './page-cache.ts'
import type { Parts } from './parts.ts'
import { refuseLate } from './proposals.ts'
import { type ReadAnswer, readQuery } from './read.ts'
import { reviseRights } from './revise-rights.ts'
import { Seals } from './seal.ts'
import type { Session } from './session.ts'
import { Sessions } from './sessions.ts'
import { Store } from './store.ts'
import { Views } from './views.ts'
import { Watches } from './watches.ts'

/** Characters of a new epoch: enough that two logs of one tenant never share a name. */
const EPOCH_LENGTH = 12

/**
 * Makes the Durable Object class for an application: one object per tenant. It turns platform events
 * into calls and nothing more; what is decided is decided in `core`.
 */
export function tenantClass(app: TidemarkApp) {
  return class Tenant extends DurableObject<Environment> {
    readonly #parts: Parts
    readonly #drain: Drain
    readonly #hydration: Hydration
    readonly #inbox: Inbox
    readonly #listing: Listing
    readonly #comparison: Comparison

    constructor(context: DurableObjectState, env: Environment) {
      super(context, env)
      const now = Date.now
      const store = new Store(context.storage, app.manifest.collections.length)
      const meta = new Meta(context.storage.sql)
      const views = new Views({
        sql: context.storage.sql,
        manifest: app.manifest,
        scan: (view) => store.rows.scan(view),
        headAtWake: store.head,
      })
      declareIndexes(context.storage, app.indexes)
      const sessions = new Sessions(context, (session) => {
        views.ended(session)
        watches.drop(session.id)
      })
      const watches = new Watches(context.storage.sql, sessions.ids)
      views.wake(sessions.all())
      const log = tenantLog(() => store.tenant)
      const tenant = () => store.tenant ?? ''
      this.#listing = new Listing({
        meta,
        sessions,
        watch: () => watchOf(env),
        tenant,
        log,
        now,
      })
      const paced = env.PACED_LOOK !== 'off' && env.PACED_LOOK !== 'cron'
      const tellAt = () => this.#listing.dueAt
      const alarm = new Alarm({ storage: context.storage, store, sessions, paced, tellAt, now })
      const postgres = createGateway({
        connectionString: env.DATABASE_URL,
        tenant,
        app,
        ...(env.NEON_ENDPOINT && { fetchEndpoint: env.NEON_ENDPOINT }),
      })
      this.#parts = {
        app,
        store,
        sessions,
        views,
        watches,
        seals: new Seals(meta),
        changes: new ChangesSince(store),
        pages: new PageCache(),
        alarm,
        postgres,
        log,
        now,
        newEpoch: () => crypto.randomUUID().slice(0, EPOCH_LENGTH),
        look: () => void this.#drain.look(),
      }
      this.#comparison = new Comparison(this.#parts, { sql: context.storage.sql, meta })
      this.#drain = new Drain(this.#parts, this.#comparison, () => void this.#load())
      this.#hydration = new Hydration(this.#parts)
      this.#inbox = new Inbox(this.#parts, () => void this.#drain.start())
      noticeSchema(this.#parts)
      void context.blockConcurrencyWhile(() => alarm.wake())
    }

    /** A request of the Worker: a socket that it let in, or a nudge. */
    override async fetch(request: Request): Promise<Response> {
      const nudge = readNudge(request)
      if (nudge) return this.#nudged(nudge)
      const { claims, expiresAt, session: name } = readPrincipal(request)
      const { store, sessions, alarm, now } = this.#parts
      this.#belongTo(claims.tenant)
      const [client, server] = Object.values(new WebSocketPair())
      if (!client || !server) throw new Error('a WebSocketPair has two ends')
      const unwelcome = this.#whyNot(claims.sub, store.closing || (await claim(this.#parts)))
      const id = name ?? crypto.randomUUID()
      const first = sessions.size === 0
      const session = sessions.open(server, { id, claims, expiresAt, helloBy: now() + HELLO_DEADLINE_MS })
      if (unwelcome) sessions.close(session, unwelcome.code, unwelcome.error)
      else if (store.hydrating) void this.#load()
      else if (first) void this.#lookAround()
      void this.#tell()
      alarm.arm()
      return new Response(null, {
        status: 101,
        webSocket: client,
        headers: { 'Sec-WebSocket-Protocol': SUBPROTOCOL },
      })
    }

    /** What a query, as JSON, shows somebody now; `known` are versions that the asker holds. */
    async read(claims: Claims, query: string, known: readonly string[]): Promise<ReadAnswer> {
      this.#belongTo(claims.tenant)
      const { store, sessions, alarm } = this.#parts
      if (store.hydrating) await this.#hydration.start()
      // With nobody connected nobody has looked what others changed in Postgres.
      else if (sessions.size === 0 && alarm.isLookDue) await this.#drain.look()
      return readQuery(this.#parts, claims, query, known)
    }

    /** Waits until Postgres has everything that is accepted by now. */
    async settle(tenant: string, patienceMs: number): Promise<Outcome> {
      return this.#operate(tenant, patienceMs).settle()
    }

    /** The tenant's rows as lines of JSON. */
    async export(tenant: string, patienceMs: number): ReturnType<Lifecycle['export']> {
      return this.#operate(tenant, patienceMs).export()
    }

    /** Empties the object. */
    async forget(tenant: string, patienceMs: number, force: boolean): Promise<Outcome> {
      return this.#operate(tenant, patienceMs).forget(force)
    }

    /** Deletes the tenant, in Postgres too. */
    async erase(tenant: string): Promise<Outcome> {
      return this.#operate(tenant, 0).erase()
    }

    /** Asked by the watch over all tenants: looks into Postgres, unless nobody would see it. */
    async look(): Promise<LookReply> {
      if (this.#parts.sessions.size === 0) return 'nobody'
      return (await this.#drain.look()) ? 'looked' : 'not-yet'
    }

    override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
      const session = this.#parts.sessions.of(socket)
      if (session) await this.#receive(session, typeof message === 'string' ? message : '')
    }

    /** Takes frames of a session that has them sent beside its stream; false if that person has no such session. */
    async takeFrames(claims: Claims, id: string, frames: readonly string[]): Promise<boolean> {
      const session = this.#parts.sessions.ofPerson(claims, id)
      if (!session) return false
      // Taken in one turn, like frames that come over a socket together.
      for (const frame of frames) {
        const renewal = this.#receive(session, frame)
        if (renewal) await renewal
      }
      return true
    }

    /** Ends such a session: its reader leaves. */
    async endSession(claims: Claims, id: string): Promise<boolean> {
      const session = this.#parts.sessions.ofPerson(claims, id)
      if (session) this.#parts.sessions.close(session, CLOSE.left, wireError('left', 'The reader has left.'))
      this.#parts.alarm.arm()
      return session !== undefined
    }

    override webSocketClose(socket: WebSocket, code: number): void {
      this.#drop(socket)
      // Without an answer to its close frame a client sees 1006. Codes below 3000 may not be sent back.
      socket.close(code >= 3000 ? code : 1000)
    }

    override webSocketError(socket: WebSocket): void {
      this.#drop(socket)
    }

    /** Never throws: after some failed tries the platform would drop the alarm for good. */
    override async alarm(): Promise<void> {
      const { alarm, log, sessions, store } = this.#parts
      alarm.lost()
      try {
        lookAtDeadlines(this.#parts)
        refuseLate(this.#parts)
        void this.#tell()
        // Whoever closes the tenant speaks with Postgres alone.
        if (store.closing) return
        const awaited = sessions.size > 0 || store.outbox > 0 || store.waiting > 0 || store.carried.any
        if (store.hydrating && awaited) await this.#hydration.start()
        if (sessions.size > 0 && !store.hydrating) this.#comparison.beginIfDue()
        await (alarm.looksByClock ? this.#drain.look() : this.#drain.start())
      } catch (thrown) {
        log('alarm-failed', { error: String(thrown) })
      } finally {
        alarm.arm()
      }
    }

    /** Takes one frame. Only a fresh token takes time. */
    #receive(session: Session, text: string): Promise<void> | undefined {
      if (session.state.is === 'closed' || endIfExpired(this.#parts, session)) return undefined
      this.#parts.alarm.active()
      const decoded = decodeUp(text)
      if (!decoded.ok) {
        this.#refuse(session, decoded.error)
        return undefined
      }
      const { frame } = decoded
      if (frame[0] === 'auth') return this.#renew(session, frame[1])
      this.#inbox.add({ session, frame })
      return undefined
    }

    /** What is no frame ends its session. */
    #refuse(session: Session, error: WireError): void {
      const { log, sessions } = this.#parts
      const { code, message } = error
      log('frame-refused', { session: session.id, subject: session.claims.sub, code, message })
      sessions.close(session, code === 'too-large' ? CLOSE.tooLarge : CLOSE.protocol, error)
    }

    /** The first client is here: what happened in Postgres while nobody was? */
    async #lookAround(): Promise<void> {
      this.#comparison.beginIfDue()
      await this.#drain.look()
      await tellManifest(this.#parts)
    }

    #operate(tenant: string, patienceMs: number): Lifecycle {
      this.#belongTo(tenant)
      return new Lifecycle(this.#parts, { drain: this.#drain, hydration: this.#hydration, patienceMs })
    }

    /** The object is a tenant's from the first request for it, and no other's. */
    #belongTo(tenant: string): void {
      const { store, newEpoch } = this.#parts
      if (store.tenant === undefined) {
        store.found(tenant, newEpoch())
        noticeSchema(this.#parts)
      }
      if (store.tenant !== tenant) throw new Error('the Worker routed a tenant to another tenant’s object')
    }

    async #load(): Promise<void> {
      await this.#hydration.start()
      await this.#drain.start()
      await tellManifest(this.#parts)
    }

    /** Looks at once, unless nobody would see it: whoever connects first makes the object look. */
    #nudged({ compare }: Nudge): Response {
      if (compare && this.#parts.store.tenant !== undefined) this.#comparison.begin()
      if (this.#parts.sessions.size > 0) void this.#drain.look()
      return new Response(null, { status: 204 })
    }

    #drop(socket: WebSocket): void {
      const { sessions, alarm } = this.#parts
      const session = sessions.of(socket)
      if (session) sessions.drop(session)
      readmit(this.#parts)
      alarm.arm()
      void this.#tell()
    }

    /** Tells the watch whether somebody is connected, if it does not know. */
    async #tell(): Promise<void> {
      await this.#listing.tell()
      this.#parts.alarm.arm()
    }

    /** Why a new socket is told to come back later, if it is. */
    #whyNot(subject: string, claimed: boolean): Unwelcome | undefined {
      if (!claimed) {
        const message = 'The database does not answer; try again.'
        return { code: CLOSE.busy, error: wireError('busy', message, { retryAfterMs: 2_000 }) }
      }
      if (this.#parts.store.closing) {
        const message = 'The tenant is being moved or deleted; try again.'
        return { code: CLOSE.busy, error: wireError('busy', message, { retryAfterMs: 5_000 }) }
      }
      if (this.#parts.store.fenced) {
        // Taking edits that can never be stored would be worse than taking none.
        const message = 'Another log has taken this tenant over; ask whoever runs the service.'
        return { code: CLOSE.busy, error: wireError('busy', message, { retryAfterMs: 30_000 }) }
      }
      return this.#parts.sessions.ofSubject(subject).length < MAX_SOCKETS_PER_SUBJECT ? undefined : crowded()
    }

    async #renew(session: Session, token: string): Promise<void> {
      const verified = await authenticate(this.env, app, token)
      const { sessions, alarm } = this.#parts
      if (!verified.ok) return sessions.close(session, CLOSE.auth, verified.error)
      const { claims, expiresAt } = verified
      if (claims.sub !== session.claims.sub || claims.tenant !== session.claims.tenant) {
        const error = wireError('subject-changed', 'A session stays with its person; connect anew.')
        return sessions.close(session, CLOSE.forbidden, error)
      }
      session.renew(claims, expiresAt)
      reviseRights(this.#parts, session)
      alarm.arm()
    }
  }
}
