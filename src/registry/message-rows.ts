import type { Sql, Storage } from '../platform/platform.ts'
import type { Message } from './webhook.ts'

const SCHEMA = `
  -- News of alerts on their way to the webhook, in their order. Times are ms since 1970.
  CREATE TABLE IF NOT EXISTS message (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, body TEXT NOT NULL,
    made_at INTEGER NOT NULL, failures INTEGER NOT NULL, due_at INTEGER NOT NULL
  );
`

/** A message that nobody has taken for so long is news to nobody, in ms. */
export const MESSAGE_LIFE_MS = 24 * 3_600_000

/** Messages that wait at most; the oldest goes first. */
export const MAX_MESSAGES = 1_000

/** First pause after a message was not taken, in ms; it doubles up to the longest. */
export const FIRST_PAUSE_MS = 250
export const MAX_PAUSE_MS = 600_000

/** A message that waits: whatever was sent of it so far, it is the same. */
export type Waiting = Message & {
  readonly number: number
  readonly failures: number
  /** In ms since 1970. */
  readonly dueAt: number
}

/** The table `message`: the outbox towards the webhook. */
export class MessageRows {
  readonly #sql: Sql

  constructor({ sql }: Storage) {
    this.#sql = sql
    sql.exec(SCHEMA)
  }

  /** The message that goes next. Those behind it wait for it, so that nobody hears of an end before its beginning. */
  get next(): Waiting | undefined {
    return this.#sql
      .exec<Waiting>(
        'SELECT number, id, body, failures, due_at AS dueAt FROM message ORDER BY number LIMIT 1',
      )
      .toArray()[0]
  }

  put({ id, body }: Message, now: number): void {
    const columns = 'id, body, made_at, failures, due_at'
    this.#sql.exec(`INSERT INTO message (${columns}) VALUES (?, ?, ?, 0, ?)`, id, body, now, now)
  }

  /** A message was taken. */
  taken({ number }: Waiting): void {
    this.#sql.exec('DELETE FROM message WHERE number = ?', number)
  }

  /** A message was not taken, or nobody knows: it goes again, later each time. */
  failed({ number, failures }: Waiting, now: number): void {
    const dueAt = now + Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures)
    this.#sql.exec('UPDATE message SET failures = failures + 1, due_at = ? WHERE number = ?', dueAt, number)
  }

  /** Drops messages that are too old, or too many. Returns their ids. */
  prune(now: number): string[] {
    const newest = this.#sql
      .exec<{ number: number | null }>('SELECT max(number) AS number FROM message')
      .one()
    return this.#sql
      .exec<{ id: string }>(
        'DELETE FROM message WHERE made_at < ? OR number <= ? RETURNING id',
        now - MESSAGE_LIFE_MS,
        (newest.number ?? 0) - MAX_MESSAGES,
      )
      .toArray()
      .map(({ id }) => id)
  }
}
