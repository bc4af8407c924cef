import type { LogEntry } from '../core/log.ts'

/** Characters of one row's text; SQLite's limit here is 2 MB a row. */
const MAX_ROW = 500_000

/** The log as it is kept: a row for the entries of one turn, and beside it what has become of some entries. */
export class LogRows {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** Seq of the last entry; 0 when there is none. */
  get head(): number {
    return this.#sql.exec<{ head: number | null }>('SELECT max(last_seq) AS head FROM log').one().head ?? 0
  }

  /** Entries after `after`, from whole rows: reading stops once `limit` are in hand. */
  entries(after: number, limit: number): LogEntry[] {
    const entries: LogEntry[] = []
    const cursor = this.#sql.exec<{ entries: string }>(
      'SELECT entries FROM log WHERE last_seq > ? ORDER BY last_seq',
      after,
    )
    for (const row of cursor) {
      const turn: LogEntry[] = JSON.parse(row.entries)
      entries.push(...turn.filter((entry) => entry.seq > after))
      if (entries.length >= limit) break
    }
    return entries
  }

  append(entries: readonly LogEntry[]): void {
    let chunk: string[] = []
    let size = 0
    entries.forEach((entry, index) => {
      const text = JSON.stringify(entry)
      chunk.push(text)
      size += text.length
      if (size < MAX_ROW && index < entries.length - 1) return
      this.#sql.exec('INSERT INTO log (last_seq, entries) VALUES (?, ?)', entry.seq, `[${chunk.join()}]`)
      chunk = []
      size = 0
    })
  }

  /** Drops whole rows at or below a seq. Returns the last seq dropped; undefined when there was none. */
  prune(floor: number): number | undefined {
    const { seq } = this.#sql
      .exec<{ seq: number | null }>('SELECT max(last_seq) AS seq FROM log WHERE last_seq <= ?', floor)
      .one()
    if (seq === null) return undefined
    this.#sql.exec('DELETE FROM log WHERE last_seq <= ?', seq)
    return seq
  }

  corrections(): LogEntry[] {
    return this.#sql
      .exec<{ entry: string }>('SELECT entry FROM correction ORDER BY seq')
      .toArray()
      .map(({ entry }) => JSON.parse(entry))
  }

  putCorrection(entry: LogEntry): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO correction (seq, entry) VALUES (?, ?)',
      entry.seq,
      JSON.stringify(entry),
    )
  }

  dropCorrections(upTo: number): void {
    this.#sql.exec('DELETE FROM correction WHERE seq <= ?', upTo)
  }
}
