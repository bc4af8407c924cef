import type { Sql } from '../../platform/platform.ts'
import { MAX_KEPT_CLIENTS } from '../../protocol/limits.ts'
import type { Database } from './database.ts'

/**
 * The table `kept_client`: whose a client id is without an edit, which has no state: the one's who said hello with
 * it first. Of each person so many are kept, those that came last, because whoever only says hello could fill the
 * storage with them. Nothing of it is held in memory.
 */
export class KeptClients {
  readonly #sql: Sql
  readonly #write: Sql

  constructor(database: Database) {
    this.#sql = database.sql
    this.#write = database.writer(this)
  }

  subjectOf(client: string): string | undefined {
    const [found] = this.#sql
      .exec<{ subject: string }>('SELECT subject FROM kept_client WHERE client = ?', client)
      .toArray()
    return found?.subject
  }

  put(client: string, subject: string): void {
    this.#write.exec('INSERT INTO kept_client (client, subject) VALUES (?, ?)', client, subject)
    this.#write.exec(
      `DELETE FROM kept_client WHERE subject = ?1 AND place <= (
        SELECT place FROM kept_client WHERE subject = ?1 ORDER BY place DESC LIMIT 1 OFFSET ?2
      )`,
      subject,
      MAX_KEPT_CLIENTS,
    )
  }

  clear(): void {
    this.#write.exec('DELETE FROM kept_client')
  }

  forget(): void {
    // Nothing is held.
  }
}
