import type { Claims } from '../core/app/application.ts'
import type { TidemarkApp } from '../define/define-app.ts'
import type { Log } from '../platform/log-line.ts'
import type { Context, Socket } from '../platform/platform.ts'
import { decodeUp } from '../protocol/codec.ts'
import { CLOSE, wireError } from '../protocol/errors.ts'
import type { Nudge } from '../protocol/internal/nudge.ts'
import { type Principal, versionFor } from '../protocol/internal/principal.ts'
import { HELLO_DEADLINE_MS } from '../protocol/limits.ts'
import type { LookReply } from '../registry/round.ts'
import type { Host } from './host.ts'
import { noticeSchema, tellManifest } from './hydration/change-schema.ts'
import { Hydration } from './hydration/hydrate.ts'
import { Inbox } from './inbox/inbox.ts'
import { Listing } from './listing.ts'
import { whyAbsent } from './operations/existing.ts'
import { Lifecycle, type Outcome } from './operations/lifecycle.ts'
import { healthOf, type TenantHealth } from './operations/tenant-health.ts'
import type { Parts } from './parts.ts'
import { Alarm } from './schedule/alarm.ts'
import { alone, endFailed } from './sessions/alone.ts'
import { crowded, hasRoom } from './sessions/crowd.ts'
import { endIfExpired, lookAtDeadlines } from './sessions/deadlines.ts'
import { anotherOwner, type Unwelcome } from './sessions/greet.ts'
import { Health } from './sessions/health.ts'
import { refuseFrame } from './sessions/refuse-frame.ts'
import type { Session } from './sessions/session.ts'
import { Sessions } from './sessions/sessions.ts'
import { declareIndexes } from './storage/declared-indexes.ts'
import { keysOf } from './storage/keys.ts'
import { Meta } from './storage/meta.ts'
import { Store } from './storage/store.ts'
import { Watches } from './tags/watches.ts'
import { claim } from './upstream/claim.ts'
import { Comparison } from './upstream/comparison.ts'
import { Drain } from './upstream/drain.ts'
import { refuseLate } from './upstream/proposals.ts'
import { readmit } from './views/budget.ts'
import { ChangesSince } from './views/changes-since.ts'
import { PageCache } from './views/page-cache.ts'
import { type ReadAnswer, readQuery } from './views/read.ts'
import { reviseRights } from './views/revise-rights.ts'
import { Seals } from './views/seal.ts'
import { Views } from './views/views.ts'

/** Characters of a new epoch: enough that two logs of one tenant never share a name. */
const EPOCH_LENGTH = 12

/**
 * One tenant's object. It turns the platform's events into calls and nothing more; what is decided is
 * decided in `core`.
 */
export class TenantObject {
  readonly #host: Host
  readonly #parts: Parts
  readonly #drain: Drain
  readonly #hydration: Hydration
  readonly #inbox: Inbox
  readonly #listing: Listing
  readonly #comparison: Comparison
  /** What an alarm has begun with Postgres, until it is done. */
  #visit: Promise<void> | undefined

  /** @param context the platform's, whose events are to be passed on from now on */
  constructor(app: TidemarkApp, context: Context, host: Host) {
    const { now, paced, newId, endOfTurn, pause } = host
    const { storage } = context
    const store = new Store(storage, app.manifest.collections.length, keysOf(app.indexes))
    const meta = new Meta(storage.sql)
    const views = new Views({
      sql: storage.sql,
      manifest: app.manifest,
      scan: (view) => store.rows.scan(view),
      headAtWake: store.head,
    })
    declareIndexes(storage, app.indexes)
    const ending = (session: Session) => {
      views.ended(session)
      watches.drop(session.id)
    }
    const log: Log = (event, facts) => host.log(event, { tenant: store.tenant, ...facts })
    const sessions: Sessions = new Sessions(context, {
      ending,
      pause,
      now,
      failed: (session, thrown) => endFailed({ log, sessions }, session, 'keep', thrown),
    })
    const watches = new Watches(storage.sql, sessions.ids)
    views.wake(sessions.all())
    const tenant = () => store.tenant ?? ''
    this.#listing = new Listing({ meta, sessions, watch: host.watch, tenant, log, now })
    const tellAt = () => this.#listing.dueAt
    const alarm = new Alarm({ storage, store, sessions, paced, tellAt, now })
    this.#host = host
    this.#parts = {
      app,
      store,
      sessions,
      views,
      watches,
      seals: new Seals(meta, newId),
      changes: new ChangesSince(store),
      pages: new PageCache(),
      alarm,
      health: new Health({ store, sessions, meta, log, now }),
      postgres: host.postgres(tenant),
      log,
      now,
      newEpoch: () => newId().slice(0, EPOCH_LENGTH),
      endOfTurn,
      pause,
      look: () => void this.#drain.look(),
    }
    const comparison = new Comparison(this.#parts, { sql: storage.sql, meta })
    this.#comparison = comparison
    this.#drain = new Drain(this.#parts, { comparison, meta, epochEnded: () => void this.#load() })
    this.#hydration = new Hydration(this.#parts)
    this.#inbox = new Inbox(this.#parts, () => void this.#drain.start())
    noticeSchema(this.#parts)
    void context.blockConcurrencyWhile(() => alarm.wake())
  }

  /** Takes a socket in that the Worker let through. */
  async connect(principal: Principal, socket: Socket): Promise<void> {
    const { claims, expiresAt, session: name } = principal
    const { store, sessions, alarm, now } = this.#parts
    this.#belongTo(claims.tenant)
    const unwelcome = this.#whyNot(claims.sub, store.closing || (await claim(this.#parts)))
    const id = name ?? this.#host.newId()
    const first = sessions.size === 0
    const entry = { id, claims, expiresAt, helloBy: now() + HELLO_DEADLINE_MS }
    const session = sessions.open(socket, { ...entry, protocol: versionFor(principal) })
    if (unwelcome) sessions.close(session, unwelcome.code, unwelcome.error)
    else if (store.hydrating) void this.#load()
    else if (first) void this.#lookAround()
    void this.#tell()
    alarm.arm()
  }

  /** Looks at once, unless nobody would see it: whoever connects first makes the object look. Ends a wait for mending. */
  nudged({ compare }: Nudge): void {
    if (compare && this.#parts.store.tenant !== undefined) this.#comparison.begin()
    const { store, sessions } = this.#parts
    const waits = store.outbox > 0 || store.waiting > 0 || store.carried.any
    if (sessions.size === 0 && !waits) return
    this.#drain.unpark()
    void this.#drain.look()
    // What was mended may be what the loading waits for.
    if (store.hydrating) void this.#load()
  }

  /** How a tenant stands, for whoever runs the service. */
  async health(tenant: string): Promise<TenantHealth | Outcome> {
    const absent = await whyAbsent(this.#parts, tenant)
    if (absent) return absent
    this.#belongTo(tenant)
    return healthOf(this.#parts, this.#drain.parkedBy)
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

  /** Lets an operator do something with the whole tenant, if there is one. */
  async operate<Done>(
    tenant: string,
    patienceMs: number,
    act: (lifecycle: Lifecycle) => Promise<Done>,
  ): Promise<Done | Outcome> {
    const absent = await whyAbsent(this.#parts, tenant)
    if (absent) return absent
    this.#belongTo(tenant)
    return act(new Lifecycle(this.#parts, { drain: this.#drain, hydration: this.#hydration, patienceMs }))
  }

  /** Asked by the watch over all tenants: looks into Postgres, unless nobody would see it. */
  async look(): Promise<LookReply> {
    if (this.#parts.sessions.size === 0) return 'nobody'
    return (await this.#drain.look()) ? 'looked' : 'not-yet'
  }

  /** A frame has arrived. */
  async received(socket: Socket, text: string): Promise<void> {
    const session = this.#parts.sessions.of(socket)
    if (session) await this.#receive(session, text)
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

  /** A socket is gone. */
  closed(socket: Socket): void {
    const { store, sessions, alarm, health } = this.#parts
    const session = sessions.of(socket)
    if (session) sessions.drop(session)
    if (sessions.size === 0) store.storeCommitted()
    readmit(this.#parts)
    health.look()
    alarm.arm()
    void this.#tell()
  }

  /** Never throws: after some failed tries the platform would drop the alarm for good. */
  async alarm(): Promise<void> {
    const { alarm, health, log } = this.#parts
    alarm.lost()
    try {
      lookAtDeadlines(this.#parts)
      refuseLate(this.#parts)
      health.review()
      void this.#tell()
    } catch (thrown) {
      log('alarm-failed', { error: String(thrown) })
    }
    // Not waited for: no alarm goes off while another runs, and a deadline is kept while Postgres does not answer.
    if (this.#visit) alarm.looked()
    this.#visit ??= this.#visitPostgres().finally(() => {
      this.#visit = undefined
      alarm.arm()
    })
    alarm.arm()
  }

  /** Brings Postgres what waits for it, and looks what changed there. Never throws. */
  async #visitPostgres(): Promise<void> {
    const { alarm, log, sessions, store } = this.#parts
    try {
      // Whoever closes the tenant speaks with Postgres alone.
      if (store.closing) return
      const awaited = sessions.size > 0 || store.outbox > 0 || store.waiting > 0 || store.carried.any
      if (store.hydrating && awaited) await this.#hydration.start()
      if (sessions.size > 0 && !store.hydrating) this.#comparison.beginIfDue()
      await (alarm.looksByClock ? this.#drain.look() : this.#drain.start())
      store.storeCommitted()
    } catch (thrown) {
      log('alarm-failed', { error: String(thrown) })
    }
  }

  /** Takes one frame. Only a fresh token takes time. */
  #receive(session: Session, text: string): Promise<void> | undefined {
    if (session.state.is === 'closed' || endIfExpired(this.#parts, session)) return undefined
    session.spoke()
    this.#parts.alarm.active()
    const decoded = decodeUp(text, session.protocol)
    if (!decoded.ok) {
      refuseFrame(this.#parts, session, decoded.error)
      return undefined
    }
    const { frame } = decoded
    if (frame[0] === 'auth') return this.#renew(session, frame[1])
    if (frame[0] === 'hello') session.speak(frame[1].protocol)
    this.#inbox.add({ session, frame })
    return undefined
  }

  /** The first client is here: what happened in Postgres while nobody was? */
  async #lookAround(): Promise<void> {
    this.#comparison.beginIfDue()
    await this.#drain.look()
    await tellManifest(this.#parts)
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
    return hasRoom(this.#parts, subject) ? undefined : crowded()
  }

  async #renew(session: Session, token: string): Promise<void> {
    const verified = await this.#host.verify(token)
    const { sessions, alarm } = this.#parts
    if (!verified.ok) return sessions.close(session, CLOSE.auth, verified.error)
    const { claims, expiresAt } = verified
    if (claims.sub !== session.claims.sub || claims.tenant !== session.claims.tenant) {
      const { code, error } = anotherOwner(claims)
      return sessions.close(session, code, error)
    }
    session.renew(claims, expiresAt)
    alone(this.#parts, session, 'auth', () => reviseRights(this.#parts, session))
    alarm.arm()
  }
}
