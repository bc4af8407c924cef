/**
 * The platform as far as an object uses it. Cloudflare's own types fit; so does a simulation's, which runs the
 * object in virtual time.
 */
export type Context = {
  readonly storage: Storage
  /** Those accepted by now whose close has not been answered, also from before the object slept. */
  getWebSockets(): Socket[]
  /** The socket's events come to the object, and wake it. */
  acceptWebSocket(socket: Socket): void
  /** When the platform last answered a heartbeat of the socket by itself; null for never. */
  getWebSocketAutoResponseTimestamp(socket: Socket): Date | null
  /** No event is delivered before it is done. */
  blockConcurrencyWhile(work: () => Promise<void>): Promise<void>
}

/** The object's storage. What it does is durable before anything that is sent afterwards leaves. */
export type Storage = {
  readonly sql: Sql
  /** All that is written in it, the alarm too, or nothing if it throws. */
  transactionSync<Result>(work: () => Result): Result
  /** Milliseconds since 1970; null when none is set. */
  getAlarm(): Promise<number | null>
  setAlarm(at: number): Promise<void>
  deleteAlarm(): Promise<void>
}

export type SqlValue = string | number | null | ArrayBuffer

export type Sql = {
  /** The rows are read as far as they are asked for. */
  exec<Row extends Record<string, SqlValue>>(statement: string, ...values: SqlValue[]): Rows<Row>
}

export type Rows<Row> = Iterable<Row> & {
  toArray(): Row[]
  /** The only row. Throws when there is none or another. */
  one(): Row
}

/** The server's end of a WebSocket. */
export type Socket = {
  readonly readyState: number
  send(text: string): void
  close(code: number, reason?: string): void
  /** Keeps something that outlives the object's sleep, as a structured clone. */
  serializeAttachment(attachment: object): void
  /** What was kept last, by this version of the object or an earlier one. */
  deserializeAttachment(): unknown
}

/** A point of Analytics Engine, within what the platform takes: 1 index, 20 blobs, 20 doubles. */
export type AnalyticsPoint = {
  readonly indexes: string[]
  readonly blobs: string[]
  readonly doubles: number[]
}

/** A dataset of Analytics Engine. What is written is not waited for, and may be lost. */
export type AnalyticsDataset = { writeDataPoint(point: AnalyticsPoint): void }

/** `readyState` of a socket that takes what is sent. */
export const OPEN = 1
