import type { Sql, Storage } from '../platform/platform.ts'

/** A tenant is taken off the list when its object has not said for so long that somebody is there, in ms. */
export const LEASE_MS = 2 * 3_600_000

const SCHEMA = `
  -- Tenants with clients. due: its object is to be asked to poll Postgres. told_at: ms since 1970.
  CREATE TABLE IF NOT EXISTS tenant (tenant TEXT PRIMARY KEY, due INTEGER NOT NULL, told_at INTEGER NOT NULL)
    WITHOUT ROWID;
  -- Which changes have been polled, and when old ones were last deleted.
  CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
`

/** The tenants that have clients, and which of them have changes in Postgres that nobody has polled. */
export class TenantList {
  readonly #storage: Storage
  readonly #sql: Sql

  constructor(storage: Storage) {
    this.#storage = storage
    this.#sql = storage.sql
    this.#sql.exec(SCHEMA)
  }

  /** Lists a tenant, or keeps it listed. What changed before it was listed is not known, so it is due. */
  put(tenant: string, now: number): void {
    this.#sql.exec(
      `INSERT INTO tenant (tenant, due, told_at) VALUES (?, 1, ?)
         ON CONFLICT (tenant) DO UPDATE SET told_at = excluded.told_at`,
      tenant,
      now,
    )
  }

  /** Takes a tenant off the list, unless it was told again at or after `before`. */
  drop(tenant: string, before = Number.POSITIVE_INFINITY): void {
    this.#sql.exec('DELETE FROM tenant WHERE tenant = ? AND told_at < ?', tenant, before)
  }

  /** The listed tenants. Those that were not heard of for too long leave the list. */
  tenants(now: number): string[] {
    this.#sql.exec('DELETE FROM tenant WHERE told_at < ?', now - LEASE_MS)
    return this.#names('SELECT tenant FROM tenant ORDER BY tenant')
  }

  /** The listed tenants whose objects are to be asked to poll. */
  due(): string[] {
    return this.#names('SELECT tenant FROM tenant WHERE due = 1 ORDER BY tenant')
  }

  /** Changes after this have not been polled; empty at first. */
  get cursor(): string {
    return this.#meta('cursor') ?? ''
  }

  /** Moves the cursor; the tenants that had changes before it are due from now on. */
  changed(tenants: readonly string[], cursor: string): void {
    if (cursor === this.cursor) return
    this.#storage.transactionSync(() => {
      for (const tenant of tenants) this.#sql.exec('UPDATE tenant SET due = 1 WHERE tenant = ?', tenant)
      this.#putMeta('cursor', cursor)
    })
  }

  /** A tenant's object has polled. */
  polled(tenant: string): void {
    this.#sql.exec('UPDATE tenant SET due = 0 WHERE tenant = ?', tenant)
  }

  /** When everything older than the retention was last deleted, in ms since 1970; 0 for never. */
  get prunedAt(): number {
    return Number(this.#meta('pruned_at') ?? 0)
  }

  putPrunedAt(at: number): void {
    this.#putMeta('pruned_at', String(at))
  }

  #names(query: string): string[] {
    return this.#sql
      .exec<{ tenant: string }>(query)
      .toArray()
      .map(({ tenant }) => tenant)
  }

  #meta(key: string): string | undefined {
    return this.#sql.exec<{ value: string }>('SELECT value FROM meta WHERE key = ?', key).toArray()[0]?.value
  }

  #putMeta(key: string, value: string): void {
    this.#sql.exec('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)', key, value)
  }
}
