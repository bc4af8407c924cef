import { DurableObject } from 'cloudflare:workers'
import { type Environment, objectOf, type ReadEnvironment } from '../platform/environment.ts'
import type { ObjectClass } from '../platform/object-class.ts'
import type { RegistryRpc } from '../platform/objects.ts'
import { createAllTenantsGateway } from '../postgres/all-tenants.ts'
import { type SweepParts, sweep } from './sweep.ts'
import { TenantList } from './tenant-list.ts'

const DAYS = /^[1-9]\d{0,3}$/

/** Makes the class of the one object that knows which tenants have clients. The cron makes it sweep. */
export function registryClass(read: ReadEnvironment): ObjectClass<RegistryRpc> {
  return class Registry extends DurableObject<Environment> implements RegistryRpc {
    readonly #list: TenantList
    readonly #parts: Omit<SweepParts, 'retentionDays'>
    readonly #retention: string
    #running = false

    constructor(context: DurableObjectState, given: Environment) {
      super(context, given)
      const env = read(given)
      this.#list = new TenantList(context.storage)
      this.#retention = env.CHANGE_RETENTION_DAYS
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
    put(tenant: string): void {
      this.#list.put(tenant, Date.now())
    }

    /** A tenant's object says that its last client has gone. */
    drop(tenant: string): void {
      this.#list.drop(tenant)
    }

    /** Goes one sweep, unless one is under way. Throws on a retention that is no number of days. */
    async sweep(): Promise<void> {
      if (this.#running) return
      this.#running = true
      try {
        await sweep({ ...this.#parts, retentionDays: readDays(this.#retention) })
      } finally {
        this.#running = false
      }
    }
  }
}

function readDays(setting: string): number {
  if (DAYS.test(setting)) return Number(setting)
  throw new Error(`CHANGE_RETENTION_DAYS must be a whole number of days from 1 to 9999, not "${setting}"`)
}
