/** The Worker's bindings, and two that only the local stack sets. */
export type Environment = Env & {
  /** 'true' opens the development sign-in. Never set in production. */
  TIDEMARK_DEV?: string
  /** Where Neon's HTTP protocol is spoken, when it is not at the database's own host. */
  NEON_ENDPOINT?: string
}
