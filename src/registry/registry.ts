import { DurableObject } from 'cloudflare:workers'
import type { Reading } from '../core/metrics/reading.ts'
import { type Environment, objectOf } from '../platform/environment.ts'
import type { RegistryRpc, TenantReadings } from '../platform/objects.ts'
import { createAllTenantsGateway } from '../postgres/all-tenants.ts'
import { ReadingList } from './reading-list.ts'
import { type SweepParts, sweep } from './sweep.ts'
import { TenantList } from './tenant-list.ts'

const DAYS = /^[1-9]\d{0,3}$/

/** The one object that knows which tenants have clients. The cron makes it sweep. */
export class Registry extends DurableObject<Environment> implements RegistryRpc {
  readonly #list: TenantList
  readonly #readings: ReadingList
  readonly #parts: Omit<SweepParts, 'retentionDays'>
  #running = false

  constructor(context: DurableObjectState, env: Environment) {
    super(context, env)
    this.#list = new TenantList(context.storage)
    this.#readings = new ReadingList(context.storage)
    this.#parts = {
      list: this.#list,
      postgres: createAllTenantsGateway({
        connectionString: env.DATABASE_URL,
        ...(env.NEON_ENDPOINT && { fetchEndpoint: env.NEON_ENDPOINT }),
      }),
      poll: (tenant) => objectOf(env, tenant).poll(),
      polls: env.POLL_CHANGES === 'cron',
      log: (event, facts) => console.log(JSON.stringify({ event, ...facts })),
      now: Date.now,
    }
  }

  /** A tenant's object says that somebody is connected: at the first client, and now and then. */
  put(tenant: string, reading?: Reading): void {
    const now = Date.now()
    this.#list.put(tenant, now)
    if (reading) this.#readings.put(tenant, reading, now)
  }

  /** A tenant's object says that its last client has gone. */
  drop(tenant: string, reading?: Reading): void {
    this.#list.drop(tenant)
    if (reading) this.#readings.put(tenant, reading, Date.now())
  }

  /** Tells what tenants' objects have counted, as they said it last. */
  readings(limit: number): TenantReadings {
    return this.#readings.latest(limit)
  }

  /** Goes one sweep, unless one is under way. Throws on a retention that is no number of days. */
  async sweep(): Promise<void> {
    if (this.#running) return
    this.#running = true
    try {
      await sweep({ ...this.#parts, retentionDays: readDays(this.env.CHANGE_RETENTION_DAYS) })
    } finally {
      this.#running = false
    }
  }
}

function readDays(setting: string): number {
  if (DAYS.test(setting)) return Number(setting)
  throw new Error(`CHANGE_RETENTION_DAYS must be a whole number of days from 1 to 9999, not "${setting}"`)
}
