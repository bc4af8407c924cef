import type { PostgresPort } from '../core/outbox/postgres-port.ts'
import type { Outcome, TenantHealth } from '../protocol/internal/tenant-answers.ts'
import { belongTo, type Founding } from './founding.ts'
import { whyAbsent } from './operations/existing.ts'
import { type OperatingOn, Operations } from './operations/operations.ts'
import { healthOf, healthOfUnopened } from './operations/tenant-health.ts'
import type { Drain } from './upstream/drain.ts'

type OperatingParts = Founding &
  OperatingOn & {
    readonly postgres: Pick<PostgresPort, 'knows'>
    readonly drain: Pick<Drain, 'parkedBy' | 'isBehind'>
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
