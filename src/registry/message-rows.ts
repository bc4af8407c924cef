import type { Sql, Storage } from '../platform/platform.ts'
import type { Message } from './webhook.ts'

const SCHEMA = `
  -- News of alerts on their way to the webhook, those about one alert in their order. Times are ms since 1970.
  CREATE TABLE IF NOT EXISTS message (
    number INTEGER PRIMARY KEY AUTOINCREMENT, about TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL,
    made_at INTEGER NOT NULL, failures INTEGER NOT NULL, due_at INTEGER NOT NULL
  );
  CREATE INDEX IF NOT EXISTS message_about ON message (about, number);
  CREATE INDEX IF NOT EXISTS message_due ON message (due_at);
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
}

const IS_FIRST =
  'NOT EXISTS (SELECT 1 FROM message AS before WHERE before.about = message.about AND before.number < message.number)'

/** The table `message`: the outbox towards the webhook. */
export class MessageRows {
  readonly #sql: Sql

  constructor({ sql }: Storage) {
    this.#sql = sql
    sql.exec(SCHEMA)
  }

  /**
   * A message that is due and the first of its alert: those behind it wait, so that nobody hears of an end before
   * its beginning, and no alert waits for the messages of another.
   */
  next(now: number): Waiting | undefined {
    return this.#sql
      .exec<Waiting>(
        `SELECT number, id, body, failures FROM message WHERE due_at <= ? AND ${IS_FIRST} ORDER BY number LIMIT 1`,
        now,
      )
      .toArray()[0]
  }

  /** When one will be due, in ms since 1970; undefined while none waits. */
  get dueAt(): number | undefined {
    const [first] = this.#sql
      .exec<{ at: number }>(`SELECT due_at AS at FROM message WHERE ${IS_FIRST} ORDER BY due_at LIMIT 1`)
      .toArray()
    return first?.at
  }

  /** @param about the alert that it is about */
  put(about: string, { id, body }: Message, now: number): void {
    this.#sql.exec(
      'INSERT INTO message (about, id, body, made_at, failures, due_at) VALUES (?, ?, ?, ?, 0, ?)',
      about,
      id,
      body,
      now,
      now,
    )
  }

  /** A message was taken. */
  taken({ number }: Waiting): void {
    this.#sql.exec('DELETE FROM message WHERE number = ?', number)
  }

  /** A message was not taken, or nobody knows: it goes again, later each time. Returns when, in ms since 1970. */
  failed({ number, failures }: Waiting, now: number): number {
    const dueAt = now + Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures)
    this.#sql.exec('UPDATE message SET failures = failures + 1, due_at = ? WHERE number = ?', dueAt, number)
    return dueAt
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
