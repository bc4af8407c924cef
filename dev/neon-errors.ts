import pg from 'pg'

/** An HTTP answer that tells of an error, in Neon's form. */
export type ErrorAnswer = { status: number; body: Readonly<Record<string, unknown>> }

/** The fields of a Postgres error that Neon passes on. */
const FIELDS = [
  'severity',
  'code',
  'detail',
  'hint',
  'position',
  'internalPosition',
  'internalQuery',
  'where',
  'schema',
  'table',
  'column',
  'dataType',
  'constraint',
  'file',
  'line',
  'routine',
] as const

/** SQLSTATEs with which Postgres ends a connection because it stops, crashes or has not started yet. */
const GOING = /^57P0[123]$/

/** What Postgres said becomes 400 with its fields; a Postgres that is not there, or just going, becomes 503. */
export function describeError(error: unknown): ErrorAnswer {
  if (error instanceof pg.DatabaseError && !(error.severity === 'FATAL' && GOING.test(error.code ?? ''))) {
    const fields = FIELDS.map((name) => [name, error[name]])
    return { status: 400, body: { message: error.message, ...Object.fromEntries(fields) } }
  }
  const reason = error instanceof Error ? error.message || error.name : String(error)
  return { status: 503, body: { message: `Postgres is not available: ${reason}` } }
}
