import type { Sql } from '../../platform/platform.ts'
import type { Database } from './database.ts'

/** The table `watch`: the cache tags that sessions watch. Held by `Watches`. */
export class WatchRows {
  readonly #sql: Sql
  readonly #write: Sql

  constructor(database: Database) {
    this.#sql = database.sql
    this.#write = database.writer(this)
  }

  all(): { session: string; pattern: string }[] {
    return this.#sql
      .exec<{ session: string; pattern: string }>('SELECT session, pattern FROM watch')
      .toArray()
  }

  /** Keeps them; those that a session has already stay. */
  put(session: string, patterns: Iterable<string>): void {
    for (const pattern of patterns)
      this.#write.exec('INSERT OR IGNORE INTO watch (session, pattern) VALUES (?, ?)', session, pattern)
  }

  /** Drops them, as far as the session has them. */
  drop(session: string, patterns: Iterable<string>): void {
    for (const pattern of patterns)
      this.#write.exec('DELETE FROM watch WHERE session = ? AND pattern = ?', session, pattern)
  }

  /** Drops all of a session. */
  dropSession(session: string): void {
    this.#write.exec('DELETE FROM watch WHERE session = ?', session)
  }

  clear(): void {
    this.#write.exec('DELETE FROM watch')
  }

  forget(): void {
    // Nothing is held here.
  }
}
