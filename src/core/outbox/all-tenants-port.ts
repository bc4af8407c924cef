import type { Attempt } from './postgres-port.ts'

/** Postgres as the registry uses it. Never throws; every call ends within its deadline. */
export type AllTenantsPort = {
  /** Which of these tenants have external changes after a cursor, '' at first; and the next cursor. */
  changed(cursor: string, tenants: readonly string[]): Promise<Attempt<Changed>>
  /** Deletes the oldest external changes from before a number of days. Returns how many, at most `limit`. */
  prune(days: number, limit: number): Promise<Attempt<number>>
}

/** Tenants with external changes, and the cursor after them. */
export type Changed = { readonly cursor: string; readonly tenants: readonly string[] }
