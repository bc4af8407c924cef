import type { LogEntry } from '../../core/log/log.ts'
import type { Sql } from '../../platform/platform.ts'
import type { Database } from './database.ts'

/** The table `carried`: edits of earlier logs that this one has still to take, in their order. */
export class Carried {
  readonly #sql: Sql
  readonly #write: Sql
  #any: boolean | undefined
  #anyBefore: boolean | undefined

  constructor(database: Database) {
    this.#sql = database.sql
    this.#write = database.writer(this)
  }

  get any(): boolean {
    this.#any ??= this.#sql.exec('SELECT 1 FROM carried LIMIT 1').toArray().length > 0
    return this.#any
  }

  /**
   * Takes over the whole log. Call in the transaction that empties it.
   *
   * @param corrections what has become of entries of it
   */
  takeLog(corrections: readonly LogEntry[]): void {
    this.#write.exec(
      `INSERT INTO carried (round, place, entries)
         SELECT (SELECT coalesce(max(round), 0) + 1 FROM carried), last_seq, entries FROM log`,
    )
    // External changes are not carried: Postgres has them.
    for (const entry of corrections) if (!entry.external) this.#correct(entry)
    this.#any = undefined
  }

  /** Keeps of every log only what `choose` says; it is given the entries and the seqs that were reverted. */
  keep(choose: (entries: readonly LogEntry[], reverted: ReadonlySet<number>) => readonly LogEntry[]): void {
    const rounds = this.#sql.exec<{ round: number }>('SELECT DISTINCT round FROM carried').toArray()
    for (const { round } of rounds) {
      const reverted = new Set<number>()
      for (const { entries } of this.#rows(round))
        for (const { reverts } of entries) if (reverts) reverted.add(reverts.seq)
      for (const { place, entries } of this.#rows(round)) {
        const kept = choose(entries, reverted)
        if (kept.length === entries.length && kept.every((entry, i) => entry === entries[i])) continue
        this.#write.exec(
          'INSERT OR REPLACE INTO carried (round, place, entries) VALUES (?, ?, ?)',
          round,
          place,
          JSON.stringify(kept),
        )
      }
    }
    this.#write.exec("DELETE FROM carried WHERE entries = '[]'")
    this.#any = undefined
  }

  has(client: string, n: number): boolean {
    const rounds = this.#sql.exec<{ round: number }>('SELECT DISTINCT round FROM carried').toArray()
    for (const { round } of rounds)
      for (const { entries } of this.#rows(round))
        if (entries.some((entry) => entry.actor === client && entry.n === n)) return true
    return false
  }

  /** Removes and returns the next entries: `limit` of them, and the rest of the last one's log row. */
  take(limit: number): LogEntry[] {
    const taken: LogEntry[] = []
    while (taken.length < limit && this.any) {
      const [next] = this.#sql
        .exec<{ round: number; place: number; entries: string }>(
          'SELECT round, place, entries FROM carried ORDER BY round DESC, place LIMIT 1',
        )
        .toArray()
      if (!next) break
      const entries: LogEntry[] = JSON.parse(next.entries)
      taken.push(...entries)
      this.#write.exec('DELETE FROM carried WHERE round = ? AND place = ?', next.round, next.place)
      this.#any = undefined
    }
    return taken
  }

  clear(): void {
    this.#write.exec('DELETE FROM carried')
    this.#any = undefined
  }

  begin(): void {
    this.#anyBefore = this.#any
  }

  forget(): void {
    this.#any = this.#anyBefore
  }

  #correct(entry: LogEntry): void {
    const [row] = this.#sql
      .exec<{ round: number; place: number; entries: string }>(
        `SELECT round, place, entries FROM carried WHERE round = (SELECT max(round) FROM carried) AND place >= ?
           ORDER BY place LIMIT 1`,
        entry.seq,
      )
      .toArray()
    if (!row) throw new Error(`the log has lost entry ${entry.seq}`)
    const entries: LogEntry[] = JSON.parse(row.entries)
    this.#write.exec(
      'UPDATE carried SET entries = ? WHERE round = ? AND place = ?',
      JSON.stringify(entries.map((logged) => (logged.seq === entry.seq ? entry : logged))),
      row.round,
      row.place,
    )
  }

  /** The log rows of one round, each with its place. Read anew at each step, so they may be changed meanwhile. */
  *#rows(round: number): Generator<{ place: number; entries: LogEntry[] }> {
    let after = -1
    for (;;) {
      const [row] = this.#sql
        .exec<{ place: number; entries: string }>(
          'SELECT place, entries FROM carried WHERE round = ? AND place > ? ORDER BY place LIMIT 1',
          round,
          after,
        )
        .toArray()
      if (!row) return
      after = row.place
      yield { place: row.place, entries: JSON.parse(row.entries) }
    }
  }
}
