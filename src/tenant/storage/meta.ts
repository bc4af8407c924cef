import type { Sql } from '../../platform/platform.ts'

/** Single facts that the object keeps about itself, by name. Synchronous. */
export class Meta {
  readonly #sql: Sql

  /** @param sql of a storage whose schema is up to date */
  constructor(sql: Sql) {
    this.#sql = sql
  }

  get(key: string): string | undefined {
    return this.#sql.exec<{ value: string }>('SELECT value FROM meta WHERE key = ?', key).toArray()[0]?.value
  }

  put(key: string, value: string): void {
    this.#sql.exec('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)', key, value)
  }

  drop(key: string): void {
    this.#sql.exec('DELETE FROM meta WHERE key = ?', key)
  }
}
