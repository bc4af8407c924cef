import type { Reading } from '../core/metrics/reading.ts'
import type { PostgresPort } from '../core/outbox/postgres-port.ts'
import type { Outcome, TenantHealth } from '../protocol/internal/tenant-answers.ts'
import { belongTo, type Founding } from './founding.ts'
import { whyAbsent } from './operations/existing.ts'
import { type OperatingOn, Operations } from './operations/operations.ts'
import { healthOf } from './operations/tenant-health.ts'
import type { Drain } from './upstream/drain.ts'

type OperatingParts = Founding &
  OperatingOn & {
    readonly postgres: Pick<PostgresPort, 'knows'>
    readonly drain: Drain
  }

/** Answers whoever runs the service. */
export class Operating {
  readonly #parts: OperatingParts

  constructor(parts: OperatingParts) {
    this.#parts = parts
  }

  /** Tells how a tenant stands. */
  async health(tenant: string): Promise<TenantHealth | Outcome> {
    const absent = await whyAbsent(this.#parts, tenant)
    if (absent) return absent
    belongTo(this.#parts, tenant)
    return healthOf(this.#parts, this.#parts.drain.parkedBy)
  }

  /** Tells all that was counted of a tenant. */
  async metrics(tenant: string): Promise<Reading | Outcome> {
    const absent = await whyAbsent(this.#parts, tenant)
    if (absent) return absent
    belongTo(this.#parts, tenant)
    return this.#parts.metrics.reading(this.#parts.sessions.size)
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
