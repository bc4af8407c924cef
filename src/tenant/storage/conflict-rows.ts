import type { Conflict } from '../../core/log/log.ts'
import type { Sql } from '../../platform/platform.ts'
import type { Database } from './database.ts'

/** The table `conflict`: both sides of each conflict, kept for a person. Nothing of it is held in memory. */
export class ConflictRows {
  readonly #write: Sql

  constructor(database: Database) {
    this.#write = database.writer(this)
  }

  /** Keeps one; throws for a place that has one. `ordinal`: its place among those of one turn. */
  put(epoch: string, conflict: Conflict, ordinal: number): void {
    this.#write.exec(
      'INSERT INTO conflict (epoch, seq, ordinal, conflict) VALUES (?, ?, ?, ?)',
      epoch,
      conflict.seq,
      ordinal,
      JSON.stringify(conflict),
    )
  }

  clear(): void {
    this.#write.exec('DELETE FROM conflict')
  }

  forget(): void {
    // Nothing is held.
  }
}
