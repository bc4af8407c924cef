import type { Past } from '../../core/log/base-of.ts'
import type { LogEntry } from '../../core/log/log.ts'
import type { Sql } from '../../platform/platform.ts'
import type { Database } from './database.ts'

/** Characters of one row's text; SQLite's limit here is 2 MB a row. */
const MAX_ROW = 500_000

/** A row of the log: its entries, the newest first, and the size of its text. */
export type LogTurn = { readonly entries: readonly LogEntry[]; readonly characters: number }

/** The share of a log that is kept. */
export type Retention = { readonly edits: number; readonly bytes: number; readonly ms: number }

/** The table `log`: a row for the entries of one turn. */
export class LogRows {
  readonly #sql: Sql
  readonly #write: Sql
  #head: number | undefined
  #headBefore: number | undefined

  constructor(database: Database) {
    this.#sql = database.sql
    this.#write = database.writer(this)
  }

  /** Seq of the last entry; 0 when there is none. */
  get head(): number {
    this.#head ??= this.#sql
      .exec<{ head: number }>('SELECT coalesce(max(last_seq), 0) AS head FROM log')
      .one().head
    return this.#head
  }

  /**
   * Entries after `after`, in order. Reads as far as it is asked to, so that a long log is never held as a
   * whole; nothing may be written meanwhile.
   */
  *entries(after: number): Generator<LogEntry> {
    const cursor = this.#sql.exec<{ entries: string }>(
      'SELECT entries FROM log WHERE last_seq > ? ORDER BY last_seq',
      after,
    )
    for (const row of cursor) {
      const turn: LogEntry[] = JSON.parse(row.entries)
      yield* turn.filter((entry) => entry.seq > after)
    }
  }

  /**
   * The log after `after` row by row, the newest first, each with its size. Reads as `entries` does.
   */
  *turnsBackTo(after: number): Generator<LogTurn> {
    const cursor = this.#sql.exec<{ entries: string }>(
      'SELECT entries FROM log WHERE last_seq > ? ORDER BY last_seq DESC',
      after,
    )
    for (const { entries: text } of cursor) {
      const turn: LogEntry[] = JSON.parse(text)
      yield { entries: turn.filter(({ seq }) => seq > after).reverse(), characters: text.length }
    }
  }

  /**
   * The entries of the newest row before a seq, in order, without those at or below a floor; undefined where there
   * are none. A statement of its own for each row, so that nothing is left open while others write.
   */
  past(before: number, floor: number): Past | undefined {
    if (before - 1 <= floor) return undefined
    // The row in which the entry before is: it may be one of many of a turn.
    const [found] = this.#sql
      .exec<{ entries: string }>(
        'SELECT entries FROM log WHERE last_seq >= ? ORDER BY last_seq LIMIT 1',
        before - 1,
      )
      .toArray()
    if (!found) return undefined
    const turn: LogEntry[] = JSON.parse(found.entries)
    const entries = turn.filter(({ seq }) => seq < before && seq > floor)
    return { entries, characters: found.entries.length }
  }

  /** As `turnsBackTo`, those turns alone that name an id, or undo something. */
  *turnsAbout(id: string, after: number): Generator<LogTurn> {
    const cursor = this.#sql.exec<{ entries: string }>(
      `SELECT entries FROM log WHERE last_seq > ? AND (instr(entries, ?) OR instr(entries, '"reverts":'))
       ORDER BY last_seq DESC`,
      after,
      JSON.stringify(id),
    )
    for (const { entries: text } of cursor) {
      const turn: LogEntry[] = JSON.parse(text)
      yield { entries: turn.filter(({ seq }) => seq > after).reverse(), characters: text.length }
    }
  }

  /** What was committed when the newest row was written. */
  get committed(): number {
    const [newest] = this.#sql
      .exec<{ committed: number }>('SELECT committed FROM log ORDER BY last_seq DESC LIMIT 1')
      .toArray()
    return newest?.committed ?? 0
  }

  /** When the first entry after a seq was accepted, in ms since 1970; undefined where there is none. */
  acceptedAt(after: number): number | undefined {
    const [row] = this.#sql
      .exec<{ at: number }>(
        "SELECT json_extract(entries, '$[0].at') AS at FROM log WHERE last_seq > ? ORDER BY last_seq LIMIT 1",
        after,
      )
      .toArray()
    return row?.at
  }

  /** @param committed the committed seq, which is kept with each row */
  append(entries: readonly LogEntry[], committed: number): void {
    let chunk: string[] = []
    let size = 0
    let last = 0
    const put = () => {
      if (chunk.length === 0) return
      const text = `[${chunk.join()}]`
      this.#write.exec(
        'INSERT INTO log (last_seq, entries, committed) VALUES (?, ?, ?)',
        last,
        text,
        committed,
      )
      chunk = []
      size = 0
    }
    for (const entry of entries) {
      const text = JSON.stringify(entry)
      // A large entry has a row to itself: with others before it, it would not fit one.
      if (size + text.length > MAX_ROW) put()
      chunk.push(text)
      size += text.length
      last = entry.seq
    }
    put()
    if (last > 0) this.#head = last
  }

  /** Writes the entries after a seq anew. */
  rewrite(after: number, rewrite: (entry: LogEntry) => LogEntry): void {
    const rows = this.#sql.exec<{ last_seq: number; entries: string }>(
      'SELECT last_seq, entries FROM log WHERE last_seq > ?',
      after,
    )
    for (const { last_seq, entries } of rows.toArray()) {
      const turn: LogEntry[] = JSON.parse(entries)
      const rewritten = turn.map((entry) => (entry.seq > after ? rewrite(entry) : entry))
      this.#write.exec('UPDATE log SET entries = ? WHERE last_seq = ?', JSON.stringify(rewritten), last_seq)
    }
  }

  /**
   * Drops the oldest rows at or below a seq, as far as the log is longer, larger or older than what is kept. The
   * newest stays whatever its age, because it says where the log goes on.
   *
   * @param now milliseconds since 1970
   * @returns the last seq dropped; undefined when there was none
   */
  prune(upTo: number, now: number, kept: Retention): number | undefined {
    const { bytes } = this.#sql
      .exec<{ bytes: number }>('SELECT total(octet_length(entries)) AS bytes FROM log')
      .one()
    const rows = this.#sql.exec<{ last_seq: number; bytes: number; at: number }>(
      `SELECT last_seq, octet_length(entries) AS bytes, json_extract(entries, '$[0].at') AS at
       FROM log WHERE last_seq <= ? AND last_seq < ? ORDER BY last_seq`,
      upTo,
      this.head,
    )
    const oldest = this.head - kept.edits
    let excess = bytes - kept.bytes
    let dropped: number | undefined
    for (const { last_seq: seq, bytes, at } of rows) {
      if (seq > oldest && excess <= 0 && at >= now - kept.ms) break
      excess -= bytes
      dropped = seq
    }
    if (dropped !== undefined) this.#write.exec('DELETE FROM log WHERE last_seq <= ?', dropped)
    return dropped
  }

  clear(): void {
    this.#write.exec('DELETE FROM log')
    this.#head = undefined
  }

  begin(): void {
    this.#headBefore = this.#head
  }

  forget(): void {
    this.#head = this.#headBefore
  }
}
