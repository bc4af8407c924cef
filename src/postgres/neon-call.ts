import { neon, neonConfig } from '@neondatabase/serverless'
import type { Attempt } from '../core/outbox/postgres-port.ts'
import { SCHEMA_VERSION } from './schema-version.ts'
import type { Statement } from './statements/statement.ts'

/** Runs one statement, bounded in time. Never throws. Resolves to the rows by column name. */
export type Call = (statement: Statement) => Promise<Attempt<readonly Readonly<Record<string, unknown>>[]>>

/**
 * Milliseconds after which a call counts as unanswered. Long enough for a sleeping Neon compute to
 * wake up (a few seconds), short enough that the next try comes soon.
 */
export const CALL_DEADLINE_MS = 10_000

/**
 * Postgres gives up before we do: first waiting for a lock, then the statement. So a call that we
 * have abandoned does not go on holding the ledger, and the next one meets a free lock.
 */
const LOCK_SHARE = 0.4
const STATEMENT_SHARE = 0.8

/** SQLSTATEs that no repetition heals: wrong credentials, no such database or schema, wrong SQL, another version. */
const STRUCTURAL = /^(28...|3D000|3F000|42...|TM012)$/

/** The SQLSTATE of a schema that is too old or too new for us; its message says what to do. */
const OTHER_VERSION = 'TM012'

/** What Postgres says of a database without the engine's schema, or with one from before it had versions. */
const NO_VERSION = /^(schema "tidemark"|function tidemark\.begin_call\(.*\)) does not exist/

/** The SQLSTATE of a cursor that does not fit the external changes that are kept. */
const EXPIRED = 'TM011'

/**
 * Makes the function that speaks to one database over Neon's HTTP protocol.
 *
 * @param fetchEndpoint where the protocol is spoken when it is not Neon itself that does
 */
export function createCall(options: {
  connectionString: string
  deadlineMs?: number
  fetchEndpoint?: string
}): Call {
  const { connectionString, deadlineMs = CALL_DEADLINE_MS, fetchEndpoint } = options
  if (fetchEndpoint !== undefined) redirect(connectionString, fetchEndpoint)
  const limits = {
    lock_timeout: `${Math.round(deadlineMs * LOCK_SHARE)}ms`,
    statement_timeout: `${Math.round(deadlineMs * STATEMENT_SHARE)}ms`,
  }
  return async ({ text, params, settings, isolation }) => {
    // Not `AbortSignal.timeout`: its timer would go on after the answer and keep the object awake.
    const abort = new AbortController()
    const timer = setTimeout(() => abort.abort(), deadlineMs)
    try {
      const sql = neon(connectionString, { disableWarningInBrowsers: true })
      const [, rows] = await sql.transaction(
        [
          sql.query('SELECT tidemark.begin_call($1, $2)', [
            JSON.stringify({ ...limits, ...settings }),
            SCHEMA_VERSION,
          ]),
          sql.query(text, [...params]),
        ],
        { fetchOptions: { signal: abort.signal }, ...(isolation && { isolationLevel: isolation }) },
      )
      if (!rows) return { ok: false, failure: 'ambiguous', message: 'the answer lacks a result' }
      return { ok: true, value: rows }
    } catch (thrown) {
      return describeFailure(thrown)
    } finally {
      clearTimeout(timer)
    }
  }
}

/** Only an error that Postgres itself names says anything. All others leave open what happened. */
function describeFailure(thrown: unknown): Attempt<never> {
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  if (typeof code !== 'string') return { ok: false, failure: 'ambiguous', message }
  return { ok: false, failure: failureOf(code), message: inWords(code, message) }
}

function inWords(code: string, message: string): string {
  if (code === OTHER_VERSION) return message
  return NO_VERSION.test(message)
    ? `the database lacks the engine's schema of version ${SCHEMA_VERSION}: run \`tidemark migrate\``
    : `${code}: ${message}`
}

function failureOf(code: string): 'ambiguous' | 'structural' | 'expired' {
  if (code === EXPIRED) return 'expired'
  return STRUCTURAL.test(code) ? 'structural' : 'ambiguous'
}

/** The driver has one setting for all databases; this makes it one per host. */
const endpoints = new Map<string, string>()
const standardEndpoint = neonConfig.fetchEndpoint

function redirect(connectionString: string, endpoint: string): void {
  // A call says so, in the driver's words, when the connection string is none.
  if (!URL.canParse(connectionString)) return
  const { hostname, port } = new URL(connectionString)
  endpoints.set(`${hostname}:${port}`, endpoint)
  neonConfig.fetchEndpoint = (host, hostPort, options) => {
    const own = endpoints.get(`${host}:${hostPort}`)
    if (own !== undefined) return own
    return typeof standardEndpoint === 'function'
      ? standardEndpoint(host, hostPort, options)
      : standardEndpoint
  }
}
