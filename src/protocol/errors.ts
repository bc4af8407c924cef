/**
 * Every code a peer can receive, with whether sending the same thing again may help. A code never
 * changes its meaning; applications may branch on it.
 */
export const ERRORS = {
  // The frame itself.
  'bad-json': { retryable: false },
  'bad-frame': { retryable: false },
  'unknown-kind': { retryable: false },
  'too-large': { retryable: false },
  'too-deep': { retryable: false },
  'forbidden-key': { retryable: false },
  'bad-text': { retryable: false },
  'bad-number': { retryable: false },
  'hello-first': { retryable: false },
  'hello-twice': { retryable: false },
  'hello-late': { retryable: true },
  'version-unsupported': { retryable: false },

  // Who is speaking.
  unauthenticated: { retryable: false },
  'token-expired': { retryable: false },
  revoked: { retryable: false },
  forbidden: { retryable: false },
  'subject-changed': { retryable: false },
  'client-taken': { retryable: false },
  replaced: { retryable: false },
  left: { retryable: false },
  'too-many-sockets': { retryable: true },

  // What a subscription asks for.
  'unknown-collection': { retryable: false },
  'bad-query': { retryable: false },
  'too-many-subscriptions': { retryable: false },
  'too-many-watches': { retryable: false },
  'too-slow': { retryable: true },
  diverged: { retryable: false },

  // Why an edit has no effect, for good.
  'bad-id': { retryable: false },
  'set-aside': { retryable: false },
  'unknown-column': { retryable: false },
  'not-writable': { retryable: false },
  'bad-value': { retryable: false },
  'missing-value': { retryable: false },
  'bad-operation': { retryable: false },
  'not-found': { retryable: false },
  exists: { retryable: false },
  immutable: { retryable: false },
  'illegal-transition': { retryable: false },
  'effect-only': { retryable: false },
  'insert-only': { retryable: false },
  'write-refused': { retryable: false },
  'effect-refused': { retryable: false },
  'duplicate-mismatch': { retryable: false },
  'already-settled': { retryable: false },
  'vector-from-future': { retryable: false },
  deadline: { retryable: false },
  'not-ready': { retryable: false },
  'client-closed': { retryable: false },

  // What a device says of its own disk.
  'not-saved': { retryable: false },
  'queue-full': { retryable: true },

  // Why a client is not connected, where no server has said it.
  'no-network': { retryable: true },
  'no-answer': { retryable: true },
  'connection-lost': { retryable: true },
  'token-failed': { retryable: true },
  'signed-out': { retryable: false },

  // Why an edit has to wait.
  gap: { retryable: true },
  hydrating: { retryable: true },
  'outbox-full': { retryable: true },
  'unacknowledged-full': { retryable: true },
  busy: { retryable: true },
  internal: { retryable: true },

  // Why Postgres undid an accepted edit.
  'refused-unique': { retryable: false },
  'refused-foreign-key': { retryable: false },
  'refused-check': { retryable: false },
  'refused-not-null': { retryable: false },
  'refused-value': { retryable: false },
  'refused-by-rule': { retryable: false },
  'row-missing': { retryable: false },
  'row-exists': { retryable: false },
  'depends-on-reverted': { retryable: false },
} as const satisfies Record<string, { retryable: boolean }>

export type ErrorCode = keyof typeof ERRORS

/** Codes that no frame has: a device says them of itself. */
export const LOCAL_CODES: ReadonlySet<string> = new Set<ErrorCode>(['not-saved', 'queue-full'])

/**
 * Codes that came after the versions that are spoken. Their clients take any code (`errorForm`) and show its sentence,
 * so one that only ends a session needs no version of its own: what follows is said by the close code.
 */
export const LATER_CODES: ReadonlySet<string> = new Set<ErrorCode>(['revoked'])

type Retryable = {
  [Code in ErrorCode]: (typeof ERRORS)[Code]['retryable'] extends true ? Code : never
}[ErrorCode]

/** The codes of the table that are retryable, by themselves: a page that builds errors does not need the others. */
const RETRYABLE: ReadonlySet<ErrorCode> = new Set<Retryable>([
  'hello-late',
  'too-many-sockets',
  'too-slow',
  'no-network',
  'no-answer',
  'connection-lost',
  'token-failed',
  'queue-full',
  'gap',
  'hydrating',
  'outbox-full',
  'unacknowledged-full',
  'busy',
  'internal',
])

/** An error as both sides say it: a stable code and a sentence a person understands. */
export type WireError = {
  code: ErrorCode
  message: string
  retryable: boolean
  retryAfterMs?: number | undefined
  /** What the error refers to: a subscription, an edit's n, a column. */
  ref?: string | number | undefined
}

/** Builds an error; `retryable` follows from the code. */
export function wireError(
  code: ErrorCode,
  message: string,
  more: Pick<WireError, 'retryAfterMs' | 'ref'> = {},
): WireError {
  return { code, message, retryable: RETRYABLE.has(code), ...more }
}

/** The reasons for which the server closes a socket. Codes marked final tell the client not to come back by itself. */
export const CLOSE = {
  /** The peer has left by itself. */
  left: 4000,
  protocol: 4400,
  auth: 4401,
  /** Final. */
  forbidden: 4403,
  /** A newer session of the same client took over. Final for this one. */
  replaced: 4409,
  /** Has not read what it was sent; it resumes when it can. */
  tooSlow: 4408,
  reset: 4410,
  tooLarge: 4413,
  /** Final until the application is reloaded. */
  tooOld: 4426,
  rate: 4429,
  busy: 4503,
} as const

export type CloseCode = (typeof CLOSE)[keyof typeof CLOSE]
