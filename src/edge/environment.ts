/** The Worker's bindings, and two that only the local stack sets. */
export type Environment = Env & {
  /** 'true' opens the development sign-in. Never set in production. */
  TIDEMARK_DEV?: string
  /** Where Neon's HTTP protocol is spoken, when it is not at the database's own host. */
  NEON_ENDPOINT?: string
}

/** A tenant's object. */
export const objectOf = (env: Environment, tenant: string) => env.TENANT.get(env.TENANT.idFromName(tenant))

/** The one object that knows which tenants have clients. */
export const watchOf = (env: Environment) => env.WATCH.get(env.WATCH.idFromName('all tenants'))
