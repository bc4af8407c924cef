import type { RegistryRpc, TenantRpc } from './objects.ts'
import type { AnalyticsDataset } from './platform.ts'

/** The settings, secrets and bindings that a deployment gives the Worker, as `wrangler.toml` names them. */
export type Environment = {
  readonly DATABASE_URL: string
  readonly AUTH_SECRET: string
  /** Sign the tokens of services: of whoever administers tenants, and of whoever nudges. Without one nobody does. */
  readonly AUTH_ADMIN_SECRET?: string
  readonly AUTH_NUDGE_SECRET?: string
  readonly AUTH_ISSUER: string
  readonly AUTH_AUDIENCE: string
  /** Where an identity provider publishes its keys; empty when the secret signs. */
  readonly AUTH_JWKS_URL: string
  /** The longest life of a token, in seconds; a day when empty. */
  readonly AUTH_MAX_TOKEN_SECONDS?: string
  /** Exact origins whose pages may connect, separated by commas; empty means the Worker's own. */
  readonly ALLOWED_ORIGINS: string
  readonly POLL_CHANGES: string
  readonly CHANGE_RETENTION_DAYS: string
  /** Where alerts go, and the secret that they are signed with; without an address alerts are in the log alone. */
  readonly ALERT_WEBHOOK_URL?: string
  readonly ALERT_WEBHOOK_SECRET?: string
  readonly TENANT: DurableObjectNamespace<TenantRpc>
  readonly REGISTRY: DurableObjectNamespace<RegistryRpc>
  /** Where tenants' counts go, a point a minute for each that is busy, if the deployment has a dataset for them. */
  readonly METRICS?: AnalyticsDataset
  /** 'true' on the local stack alone: an application's development routes may open then. */
  readonly TIDEMARK_DEV?: string
  /** Where Neon's HTTP protocol is spoken, when it is not at the database's own host. */
  readonly NEON_ENDPOINT?: string
}

/** A tenant's object. */
export const objectOf = (env: Environment, tenant: string) => env.TENANT.get(env.TENANT.idFromName(tenant))

/** The one object that knows which tenants have clients. */
export const registryOf = (env: Environment) => env.REGISTRY.get(env.REGISTRY.idFromName('all tenants'))
