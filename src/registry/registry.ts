import { DurableObject } from 'cloudflare:workers'
import type { Breach } from '../core/alerts/figures.ts'
import type { AlertRules } from '../core/alerts/rules.ts'
import type { Reading } from '../core/metrics/reading.ts'
import { type Environment, objectOf, type ReadEnvironment } from '../platform/environment.ts'
import { writeLine } from '../platform/log-line.ts'
import type { ObjectClass } from '../platform/object-class.ts'
import type { OpenAlert, RegistryRpc, TenantReadings } from '../platform/objects.ts'
import { retentionDays, webhookOf } from '../platform/settings.ts'
import { createAllTenantsGateway } from '../postgres/all-tenants.ts'
import { Alerting } from './alerting.ts'
import { ReadingList } from './reading-list.ts'
import { type SweepParts, sweep } from './sweep.ts'
import { TenantList } from './tenant-list.ts'
import { sendMessage } from './webhook.ts'

/** Makes the class of the one object that knows which tenants have clients, and what is wrong with any. */
export function registryClass(alerts: AlertRules, read: ReadEnvironment): ObjectClass<RegistryRpc> {
  return class Registry extends DurableObject<Environment> implements RegistryRpc {
    readonly #list: TenantList
    readonly #alerting: Alerting
    readonly #settings: Environment
    readonly #readings: ReadingList
    readonly #parts: Omit<SweepParts, 'retentionDays'>
    #running = false

    constructor(context: DurableObjectState, given: Environment) {
      super(context, given)
      const env = read(given)
      this.#settings = env
      this.#list = new TenantList(context.storage)
      this.#readings = new ReadingList(context.storage)
      this.#alerting = new Alerting({
        storage: context.storage,
        alerts,
        send: senderOf(env),
        newId: () => crypto.randomUUID(),
        log: writeLine,
        now: Date.now,
      })
      this.#parts = {
        list: this.#list,
        postgres: createAllTenantsGateway({
          connectionString: env.DATABASE_URL,
          ...(env.NEON_ENDPOINT && { fetchEndpoint: env.NEON_ENDPOINT }),
        }),
        poll: (tenant) => objectOf(env, tenant).poll(),
        polls: env.POLL_CHANGES === 'cron',
        log: writeLine,
        now: Date.now,
      }
    }

    /** A tenant's object says that somebody is connected, at the first client, and now and then; and how it stands. */
    put(tenant: string, breaches?: readonly Breach[], reading?: Reading): void {
      const now = Date.now()
      this.#list.put(tenant, now)
      if (reading) this.#readings.put(tenant, reading, now)
      if (breaches) this.#alerting.report(tenant, breaches)
    }

    /** A tenant's object says that its last client has gone. */
    drop(tenant: string, reading?: Reading): void {
      this.#list.drop(tenant)
      if (reading) this.#readings.put(tenant, reading, Date.now())
    }

    /** Tells what tenants' objects have counted, as they said it last: of those that are wanted, or of all. */
    readings(limit: number, wanted?: readonly string[]): TenantReadings {
      return this.#readings.latest(limit, wanted)
    }

    /** Tells which alerts fire or cool down. */
    alerts(): OpenAlert[] {
      return this.#alerting.open
    }

    /** A tenant's object says which of its figures have reached the thresholds of alerts. */
    report(tenant: string, breaches: readonly Breach[]): void {
      this.#alerting.report(tenant, breaches)
    }

    /** Goes one sweep, unless one is under way. Throws on a retention that is no number of days. */
    async sweep(): Promise<void> {
      if (this.#running) return
      this.#running = true
      try {
        await sweep({ ...this.#parts, retentionDays: retentionDays(this.#settings) })
      } finally {
        this.#running = false
      }
    }

    override alarm(): Promise<void> {
      return this.#alerting.wentOff()
    }
  }
}

/** How messages are sent. Without a webhook, or with one that cannot be used, alerts are in the log alone. */
function senderOf(env: Environment): ConstructorParameters<typeof Alerting>[0]['send'] {
  try {
    const webhook = webhookOf(env)
    return webhook && ((message, now) => sendMessage(webhook, message, now))
  } catch (thrown) {
    writeLine('webhook-not-used', { error: String(thrown) })
    return undefined
  }
}
