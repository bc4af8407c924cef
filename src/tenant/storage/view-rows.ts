import type { Sql } from '../../platform/platform.ts'
import type { Database } from './database.ts'

/** The table `view`: what sessions follow, by the numbers that their attachments name. Held by `Views`. */
export class ViewRows {
  readonly #sql: Sql
  readonly #write: Sql

  constructor(database: Database) {
    this.#sql = database.sql
    this.#write = database.writer(this)
  }

  /** Read one by one, because together they may be large. Nothing may be written before they are all read. */
  all(): Iterable<{ readonly number: number; readonly definition: string }> {
    return this.#sql.exec<{ number: number; definition: string }>('SELECT number, definition FROM view')
  }

  /** Keeps one; throws for a number that is taken. */
  put(number: number, definition: string): void {
    this.#write.exec('INSERT INTO view (number, definition) VALUES (?, ?)', number, definition)
  }

  /** Drops one, if there is one. */
  drop(number: number): void {
    this.#write.exec('DELETE FROM view WHERE number = ?', number)
  }

  clear(): void {
    this.#write.exec('DELETE FROM view')
  }

  forget(): void {
    // Nothing is held here.
  }
}
