import type { Revocation } from '../core/access/revocation.ts'
import type { Claims } from '../core/app/application.ts'
import type { Reading } from '../core/metrics/reading.ts'
import { hashPair } from '../core/records/hash.ts'
import type { TidemarkApp } from '../define/define-app.ts'
import type { Log } from '../platform/log-line.ts'
import type { Context, Socket } from '../platform/platform.ts'
import type { WireError } from '../protocol/errors.ts'
import type { Act, TenantActivity } from '../protocol/internal/activity.ts'
import type { Nudge } from '../protocol/internal/nudge.ts'
import type { Principal } from '../protocol/internal/principal.ts'
import type {
  HistoryAnswer,
  Outcome,
  PollReply,
  ReadAnswer,
  Revoked,
  TenantHealth,
} from '../protocol/internal/tenant-answers.ts'
import { Connecting } from './connecting.ts'
import type { Host } from './host.ts'
import { noticeSchema } from './hydration/change-schema.ts'
import { Conversation } from './hydration/conversation.ts'
import { Hydration } from './hydration/hydrate.ts'
import { Inbox } from './inbox/inbox.ts'
import { Lease } from './lease.ts'
import { Lifecycle } from './lifecycle.ts'
import { wokenState } from './lifecycle-state.ts'
import { measuredPort } from './metrics/measured-port.ts'
import { Metrics } from './metrics/metrics.ts'
import { Reports } from './metrics/reports.ts'
import { Operating } from './operating.ts'
import type { Operations } from './operations/operations.ts'
import { Presence } from './presence/presence.ts'
import { Receiving } from './receiving.ts'
import { RecentShares } from './recent-shares.ts'
import { Reporting } from './reporting.ts'
import { Alarm } from './schedule/alarm.ts'
import { Health } from './sessions/health.ts'
import { ReadCredit } from './sessions/read-credit.ts'
import { Sessions } from './sessions/sessions.ts'
import { type TokenHolder, whyOver } from './sessions/why-over.ts'
import { WorkLimits } from './sessions/work-limits.ts'
import { shareTotals } from './share-totals.ts'
import { indexedColumnsOf } from './storage/indexed-columns.ts'
import { Store } from './storage/store.ts'
import { TagWatches } from './tags/tag-watches.ts'
import { TouchedSince } from './tags/touched-since.ts'
import { Comparison } from './upstream/comparison.ts'
import { Drain } from './upstream/drain.ts'
import { ChangesSince } from './views/changes-since.ts'
import { PageCache } from './views/page-cache.ts'
import { ReadVersions } from './views/read-versions.ts'
import { ResumeTokens } from './views/resume-token.ts'
import { Views } from './views/views.ts'
import { Visiting } from './visiting.ts'

/** Characters of a new epoch: enough that two logs of one tenant never share a name. */
const EPOCH_LENGTH = 12

/** The earlier of two times; undefined stands for never. */
const earlier = (one: number | undefined, other: number | undefined) =>
  one === undefined || other === undefined ? (one ?? other) : Math.min(one, other)

/**
 * One tenant's object: composes the rooms, from the storage upwards, and turns the platform's events into calls.
 * Each room takes what its own types name; what is decided is decided in `core`.
 */
export class TenantObject {
  readonly #connecting: Connecting
  readonly #receiving: Receiving
  readonly #visiting: Visiting
  readonly #operating: Operating
  /** Undefined while the rooms are composed. */
  #alarm: Alarm | undefined

  /** @param context the platform's, whose events are to be passed on from now on */
  constructor(app: TidemarkApp, context: Context, host: Host) {
    const { now, newId, endOfTurn, pause, verify } = host
    const { storage } = context
    const store = new Store(storage, app.manifest.collections.length, indexedColumnsOf(app.indexes))
    store.transaction((txn) => txn.declareIndexes(app.indexes))
    const tenant = () => store.tenant ?? ''
    const log: Log = (event, facts) => host.log(event, { tenant: store.tenant, ...facts })

    const metrics = new Metrics({ store, log, now, pause })
    const views = new Views({
      store,
      manifest: app.manifest,
      scan: (view) => store.rows.scan(view),
    })
    const watches = new TagWatches(store)
    const judging = { store, now }
    const sessions = new Sessions(context, {
      ending: (session) => {
        views.ended(session)
        watches.drop(session.id)
        presence.ended(session)
      },
      whyOver: (session) => whyOver(judging, session),
      pause,
      now,
      draw: () => hashPair(newId())[1] >>> 0,
      log,
      metrics,
    })
    watches.wake(sessions.ids)
    views.wake(sessions.all())
    const rescheduled = () => void this.#alarm?.arm()
    const presence = new Presence({ app, store, sessions, log, now, endOfTurn, pause, rescheduled })
    noticeSchema({ app, store, sessions, log, now })

    const lifecycle = new Lifecycle(
      wokenState({
        tenant: store.tenant,
        claimed: store.claimed,
        hydrating: store.hydrating,
        carries: store.carried.any,
      }),
    )
    const health = new Health({ store, sessions, log, now, looked: () => reporting.look() })
    const reporting = new Reporting({
      store,
      health,
      recent: new RecentShares({ store, counted: () => shareTotals(metrics), now }),
      alerts: host.alerts,
      registry: host.registry,
      rescheduled,
      log,
      now,
    })
    const toldAt = {
      get: () => store.facts.get('listed_at'),
      put: (at: number) => store.transaction((txn) => txn.putFact('listed_at', at)),
    }
    const { registry } = host
    const breaches = () => reporting.breaches
    const reports = new Reports({ store, metrics, sessions, analytics: host.analytics, now })
    const lease = new Lease({ toldAt, sessions, reports, registry, breaches, tenant, log, now })
    const renewAt = () => earlier(lease.dueAt, reporting.dueAt)
    const { polls } = host
    const presenceAt = () => presence.dueAt
    const alarm = new Alarm({ storage, store, sessions, lifecycle, polls, renewAt, presenceAt, now })
    this.#alarm = alarm

    const newEpoch = () => newId().slice(0, EPOCH_LENGTH)
    const local = { app, store, sessions, lifecycle, alarm, health, metrics, log, now, newEpoch }
    const changes = new ChangesSince(store)
    const shown = {
      presence,
      views,
      watches,
      resumeTokens: new ResumeTokens(store, newId),
      changes,
      touched: new TouchedSince(store, (seq, work) => changes.fold(seq, work)),
      pages: new PageCache(),
      work: new WorkLimits(now),
      readCredit: new ReadCredit({ now, pause }),
    }
    const postgres = measuredPort(host.postgres(tenant), metrics, now)
    const remote = { ...local, ...shown, postgres, pause }
    const comparison = new Comparison(remote)
    const drain = new Drain({ ...remote, comparison })
    const hydration = new Hydration(remote)
    const conversation = new Conversation({ ...remote, drain, hydration })

    const inbox = new Inbox({ ...local, ...shown, upstream: conversation, endOfTurn, pause })
    this.#connecting = new Connecting({ ...local, ...shown, lease, comparison, conversation, newId })
    this.#receiving = new Receiving({ ...local, ...shown, inbox, verify, pause })
    const history = host.history(tenant)
    this.#visiting = new Visiting({
      ...local,
      work: shown.work,
      postgres,
      views,
      versions: new ReadVersions(),
      presence,
      history,
      lease,
      comparison,
      drain,
      conversation,
    })
    this.#operating = new Operating({ ...local, postgres, drain, conversation, comparison, reports })
    void context.blockConcurrencyWhile(() => alarm.wake())
  }

  /** Takes a socket in that the Worker let through. */
  connect(principal: Principal, socket: Socket): Promise<void> {
    return this.#connecting.connect(principal, socket)
  }

  /** A frame has arrived. */
  received(socket: Socket, text: string): Promise<void> {
    return this.#receiving.received(socket, text)
  }

  /** A socket is gone. */
  closed(socket: Socket): void {
    this.#connecting.closed(socket)
  }

  /** Takes frames of a session that has them sent beside its stream; false if that person has no such session. */
  takeFrames(holder: TokenHolder, id: string, frames: readonly string[]): Promise<boolean | WireError> {
    return this.#receiving.takeFrames(holder, id, frames)
  }

  /** Ends such a session: its reader leaves. */
  async endSession(claims: Claims, id: string): Promise<boolean> {
    return this.#connecting.end(claims, id)
  }

  /** Somebody says that something has changed in Postgres. */
  nudged(nudge: Nudge): void {
    this.#visiting.nudged(nudge)
  }

  /** Looks into Postgres for the registry of tenants, unless nobody would see it. */
  poll(): Promise<PollReply> {
    return this.#visiting.poll()
  }

  /** Reads what a query, as JSON, shows somebody now; `known` are versions that the asker holds. */
  read(holder: TokenHolder, query: string, known: readonly string[]): Promise<ReadAnswer> {
    return this.#visiting.read(holder, query, known)
  }

  /** Answers a question about the past, as JSON, with what somebody may see of it. */
  history(holder: TokenHolder, question: string): Promise<HistoryAnswer> {
    return this.#visiting.history(holder, question)
  }

  /** Never throws: after some failed tries the platform would drop the alarm for good. */
  async alarm(): Promise<void> {
    this.#visiting.alarm()
  }

  /** Tells whoever runs the service how a tenant stands. */
  health(tenant: string): Promise<TenantHealth | Outcome> {
    return this.#operating.health(tenant)
  }

  /** Tells whoever runs the service what was counted of a tenant; null for nothing. */
  metrics(tenant: string): Reading | null {
    return this.#operating.metrics(tenant)
  }

  /** Tells what goes on in a tenant, of everybody or of one client. */
  activity(tenant: string, client: string): TenantActivity | undefined {
    return this.#operating.activity(tenant, client)
  }

  /** Does at once what an operator asks for. */
  act(tenant: string, patienceMs: number, act: Act): Promise<Outcome> {
    return this.#operating.act(tenant, patienceMs, act)
  }

  /** Revokes tokens, and closes the sessions that have them. */
  revoke(tenant: string, revocations: readonly Revocation[]): Promise<Revoked | Outcome> {
    return this.#operating.revoke(tenant, revocations)
  }

  /** Lets an operator do something with the whole tenant, if there is one. */
  operate<Done>(
    tenant: string,
    patienceMs: number,
    act: (operations: Operations) => Promise<Done>,
  ): Promise<Done | Outcome> {
    return this.#operating.operate(tenant, patienceMs, act)
  }
}
