import type { LogEntry } from '../../core/log/log.ts'
import type { Corrections } from '../../core/outbox/outbox.ts'
import { Superseded } from '../../core/outbox/superseded.ts'
import type { Sql } from '../../platform/platform.ts'
import type { Database } from './database.ts'
import type { LogRows } from './log-rows.ts'

/**
 * The table `correction`: what has become of entries that wait for Postgres. Those that are no longer what they
 * were are kept beside the log. What external changes among them supersede is held in memory, and worked out from the
 * log when it is asked for after a wake: a batch then costs what is in it, however many wait.
 */
export class CorrectionRows implements Corrections {
  readonly #sql: Sql
  readonly #write: Sql
  readonly #log: LogRows
  readonly #committed: () => number
  #superseded: Superseded | undefined
  #any: boolean | undefined

  constructor(database: Database, log: LogRows, committed: () => number) {
    this.#sql = database.sql
    this.#write = database.writer(this)
    this.#log = log
    this.#committed = committed
  }

  /** Entries that are no longer what they were, in order. */
  all(): LogEntry[] {
    if (!this.#isAny) return []
    return this.#sql
      .exec<{ entry: string }>('SELECT entry FROM correction ORDER BY seq')
      .toArray()
      .map(({ entry }) => JSON.parse(entry))
  }

  readonly of = (seq: number): LogEntry | undefined => {
    if (!this.#isAny) return undefined
    const [found] = this.#sql
      .exec<{ entry: string }>('SELECT entry FROM correction WHERE seq = ?', seq)
      .toArray()
    return found && JSON.parse(found.entry)
  }

  readonly remaining: Corrections['remaining'] = (entry) => this.#index().remaining(entry)

  /** Entries have come to the log. */
  appended(entries: readonly LogEntry[]): void {
    for (const entry of entries) this.#superseded?.take(entry)
  }

  put(entry: LogEntry): void {
    this.#write.exec(
      'INSERT OR REPLACE INTO correction (seq, entry) VALUES (?, ?)',
      entry.seq,
      JSON.stringify(entry),
    )
    this.forget()
  }

  /**
   * Postgres has everything up to here.
   *
   * @returns whether there was a correction of it
   */
  drop(upTo: number): boolean {
    this.#superseded?.drop(upTo)
    if (!this.#isAny) return false
    const dropped = this.#write.exec('DELETE FROM correction WHERE seq <= ? RETURNING seq', upTo).toArray()
    this.#any = undefined
    return dropped.length > 0
  }

  /** Writes those there are anew. */
  rewrite(rewrite: (entry: LogEntry) => LogEntry): void {
    for (const entry of this.all())
      this.#write.exec(
        'UPDATE correction SET entry = ? WHERE seq = ?',
        JSON.stringify(rewrite(entry)),
        entry.seq,
      )
    this.forget()
  }

  clear(): void {
    this.#write.exec('DELETE FROM correction')
    this.forget()
  }

  /** What is stored has become something else, here or in the log. */
  forget(): void {
    this.#superseded = undefined
    this.#any = undefined
  }

  get #isAny(): boolean {
    this.#any ??= this.#sql.exec('SELECT 1 FROM correction LIMIT 1').toArray().length > 0
    return this.#any
  }

  #index(): Superseded {
    if (this.#superseded) return this.#superseded
    const superseded = new Superseded()
    const corrected = new Map(this.all().map((entry) => [entry.seq, entry]))
    for (const entry of this.#log.entries(this.#committed()))
      superseded.take(corrected.get(entry.seq) ?? entry)
    this.#superseded = superseded
    return superseded
  }
}
