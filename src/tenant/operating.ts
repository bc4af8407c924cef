import type { Revocation } from '../core/access/revocation.ts'
import type { Reading } from '../core/metrics/reading.ts'
import type { PostgresPort } from '../core/outbox/postgres-port.ts'
import type { Act, TenantActivity } from '../protocol/internal/activity.ts'
import type { Outcome, Revoked, TenantHealth } from '../protocol/internal/tenant-answers.ts'
import { belongTo, type Founding } from './founding.ts'
import type { Reports } from './metrics/reports.ts'
import { activityOf } from './operations/activity.ts'
import { whyAbsent } from './operations/existing.ts'
import { type OperatingOn, Operations } from './operations/operations.ts'
import { healthOf, healthOfUnopened } from './operations/tenant-health.ts'
import type { Drain } from './upstream/drain.ts'
import { sendRevocations } from './upstream/send-revocations.ts'

type OperatingParts = Founding &
  OperatingOn & {
    readonly postgres: Pick<PostgresPort, 'knows' | 'revoke'>
    readonly drain: Drain
    readonly reports: Reports
  }

/** Answers whoever runs the service. */
export class Operating {
  readonly #parts: OperatingParts

  constructor(parts: OperatingParts) {
    this.#parts = parts
  }

  /** Tells how a tenant stands. */
  async health(tenant: string): Promise<TenantHealth | Outcome> {
    const { store, postgres } = this.#parts
    if (store.tenant === undefined) return healthOfUnopened(postgres, tenant)
    belongTo(this.#parts, tenant)
    return healthOf(this.#parts)
  }

  /**
   * Revokes tokens: it is stored, and every session that it concerns is closed, before this resolves. Postgres is told
   * behind it, and need not answer. Legal in every state, because a token is refused in every state.
   */
  async revoke(tenant: string, revocations: readonly Revocation[]): Promise<Revoked | Outcome> {
    const { store, sessions, alarm, now } = this.#parts
    const absent = await whyAbsent(this.#parts, tenant)
    if (absent) return absent
    belongTo(this.#parts, tenant)
    store.transaction((txn) => {
      txn.putRevocations(revocations, now() / 1_000, false)
      alarm.arm()
    })
    const closed = [...sessions.all()].filter((session) => sessions.endIfOver(session))
    void sendRevocations(this.#parts)
    return { is: 'revoked', sessions: closed.length }
  }

  /** Tells all that was counted of a tenant; null where nobody has opened it, or it was emptied since. */
  metrics(tenant: string): Reading | null {
    const { store, metrics, sessions } = this.#parts
    return store.tenant === tenant ? metrics.reading(sessions.size) : null
  }

  /** Tells what goes on in a tenant; nothing where nobody has opened it. */
  activity(tenant: string, client: string): TenantActivity | undefined {
    if (this.#parts.store.tenant === undefined) return undefined
    belongTo(this.#parts, tenant)
    return activityOf(this.#parts, client)
  }

  /** Does at once what an operator asks for. To load anew is to empty the object first, once Postgres has everything. */
  async act(tenant: string, patienceMs: number, act: Act): Promise<Outcome> {
    if (act !== 'rehydrate') return this.operate(tenant, patienceMs, (operations) => operations[act]())
    const emptied = await this.operate(tenant, patienceMs, (operations) => operations.forget(false))
    if (emptied.is !== 'done') return emptied
    return this.operate(tenant, patienceMs, (operations) => operations.load())
  }

  /** Lets an operator do something with the whole tenant, if there is one, and nobody is moving or deleting it. */
  async operate<Done>(
    tenant: string,
    patienceMs: number,
    act: (operations: Operations) => Promise<Done>,
  ): Promise<Done | Outcome> {
    const absent = await whyAbsent(this.#parts, tenant)
    if (absent) return absent
    belongTo(this.#parts, tenant)
    const { lifecycle, store } = this.#parts
    if (lifecycle.legal.operations) return act(new Operations(this.#parts, patienceMs))
    const why = 'Another request is moving or deleting the tenant; repeat this one when that is answered.'
    return { is: 'waiting', edits: store.outbox + store.waiting, why }
  }
}
