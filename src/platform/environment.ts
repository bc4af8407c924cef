import * as v from 'valibot'
import type { RegistryRpc, TenantRpc } from './objects.ts'

/** The settings, secrets and bindings that a deployment gives the Worker, as `wrangler.toml` names them. */
export type Environment = {
  readonly DATABASE_URL: string
  readonly AUTH_SECRET: string
  readonly AUTH_ISSUER: string
  readonly AUTH_AUDIENCE: string
  /** Where an identity provider publishes its keys; empty when the secret signs. */
  readonly AUTH_JWKS_URL: string
  /** Exact origins whose pages may connect, separated by commas; empty means the Worker's own. */
  readonly ALLOWED_ORIGINS: string
  readonly POLL_CHANGES: string
  readonly CHANGE_RETENTION_DAYS: string
  readonly TENANT: DurableObjectNamespace<TenantRpc>
  readonly REGISTRY: DurableObjectNamespace<RegistryRpc>
  /** 'true' on the local stack alone: an application's development routes may open then. */
  readonly TIDEMARK_DEV?: string
  /** Where Neon's HTTP protocol is spoken, when it is not at the database's own host. */
  readonly NEON_ENDPOINT?: string
}

/** The names that a deployment has for settings, secrets and bindings, where they are other than ours. */
export type Bindings = { readonly [Name in keyof Environment]?: string }

/** Reads a Worker's environment under the names that a deployment gave its bindings. */
export type ReadEnvironment = (env: unknown) => Environment

const isBinding = (given: unknown) => typeof given === 'object' && given !== null

/** What may be left out has a meaning then. */
const environmentSchema: v.GenericSchema<unknown, Environment> = v.pipe(
  v.object({
    DATABASE_URL: v.string(),
    AUTH_SECRET: v.optional(v.string(), ''),
    AUTH_ISSUER: v.optional(v.string(), 'tidemark'),
    AUTH_AUDIENCE: v.optional(v.string(), 'tidemark'),
    AUTH_JWKS_URL: v.optional(v.string(), ''),
    ALLOWED_ORIGINS: v.optional(v.string(), ''),
    POLL_CHANGES: v.optional(v.string(), 'on'),
    CHANGE_RETENTION_DAYS: v.optional(v.string(), '7'),
    TENANT: v.custom<DurableObjectNamespace<TenantRpc>>(isBinding),
    REGISTRY: v.custom<DurableObjectNamespace<RegistryRpc>>(isBinding),
    TIDEMARK_DEV: v.exactOptional(v.string()),
    NEON_ENDPOINT: v.exactOptional(v.string()),
  }),
  v.forward(
    v.check(({ AUTH_SECRET, AUTH_JWKS_URL }) => AUTH_SECRET !== '' || AUTH_JWKS_URL !== ''),
    ['AUTH_SECRET'],
  ),
)

/**
 * Makes the reader of a Worker's environment. It throws, with what to add to the deployment's settings, where
 * something is missing that nothing goes without.
 */
export function environmentBy(bindings: Bindings = {}): ReadEnvironment {
  return (env) => {
    const given: Readonly<Record<string, unknown>> = Object(env)
    const renamed = Object.entries(bindings).map(([ours, theirs]) => [ours, given[theirs]])
    const read = v.safeParse(environmentSchema, { ...given, ...Object.fromEntries(renamed) })
    if (read.success) return read.output
    const names = Object.keys(v.flatten(read.issues).nested ?? {})
    throw new Error(tellMissing(names.map((name) => Object(bindings)[name] ?? name)))
  }
}

const tellMissing = (names: readonly string[]) =>
  `The Worker lacks ${names.join(', ')}: declare it in the settings of wrangler, or by \`wrangler secret put\`; or ` +
  'name what it is called there in the option `bindings` of createWorker.'

/** A tenant's object. */
export const objectOf = (env: Environment, tenant: string) => env.TENANT.get(env.TENANT.idFromName(tenant))

/** The one object that knows which tenants have clients. */
export const registryOf = (env: Environment) => env.REGISTRY.get(env.REGISTRY.idFromName('all tenants'))
