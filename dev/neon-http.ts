import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import pg from 'pg'
import * as v from 'valibot'
import { describeError, type ErrorAnswer } from './neon-errors.ts'

/** Neon's HTTP protocol in front of a Postgres of ours. */
export type NeonHttp = {
  /** What the driver's `fetchEndpoint` is set to. */
  readonly endpoint: string
  readonly port: number
  stop(): Promise<void>
}

const querySchema = v.object({ query: v.string(), params: v.optional(v.array(v.unknown()), []) })
const bodySchema = v.union([querySchema, v.object({ queries: v.array(querySchema) })])

type Query = v.InferOutput<typeof querySchema>

/** Bytes of one request; Neon's own limit. */
const MAX_BODY_BYTES = 64 * 1024 * 1024

/** Milliseconds to wait for a connection, so that a Postgres that is away is told and not waited for. */
const CONNECT_DEADLINE_MS = 3_000

/** Connections to Postgres under one role: more than tenants that drain at once on one machine. */
const MAX_CONNECTIONS = 10

const ISOLATION_LEVELS: Readonly<Record<string, string>> = {
  ReadUncommitted: 'READ UNCOMMITTED',
  ReadCommitted: 'READ COMMITTED',
  RepeatableRead: 'REPEATABLE READ',
  Serializable: 'SERIALIZABLE',
}

/**
 * Answers `POST /sql` as Neon does, over a pool of ordinary connections. Postgres may go away and
 * come back: meanwhile requests are answered 503. Listens on 127.0.0.1 only, and only to who knows
 * a connection string.
 *
 * @param options.others connection strings of the same database under other roles
 */
export async function startNeonHttp(options: {
  connectionString: string
  others?: readonly string[]
  port?: number
}): Promise<NeonHttp> {
  const pools = [options.connectionString, ...(options.others ?? [])].map(openPool)
  const server = createServer((request, response) => {
    answer(pools, request)
      .catch((error: unknown): ErrorAnswer => describeError(error))
      .then(({ status, body }) => send(response, status, body))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('an HTTP server has a port')
  return {
    endpoint: `http://127.0.0.1:${address.port}/sql`,
    port: address.port,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      for (const { pool } of pools) await pool.end()
    },
  }
}

/** The connections under one role. */
type Pool = { readonly connectionString: string; readonly pool: pg.Pool }

function openPool(connectionString: string): Pool {
  const pool = new pg.Pool({
    connectionString,
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_DEADLINE_MS,
  })
  // A connection that Postgres cuts is replaced at the next request. Idle ones tell the pool, lent ones
  // tell themselves: there the query under way, or the next, fails too, and is answered.
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
  return { connectionString, pool }
}

async function answer(pools: readonly Pool[], request: IncomingMessage) {
  if (request.method !== 'POST' || request.url !== '/sql') return refuse(404, 'only POST /sql is served')
  // A page on another site cannot send this header without asking first, and is not told yes.
  const given = headerOf(request, 'neon-connection-string')
  const known = pools.find(({ connectionString }) => sameDatabase(given, connectionString))
  if (!known) {
    return refuse(400, 'Neon-Connection-String names another database, user or password', '28P01')
  }
  const text = await readBody(request)
  if (text === undefined) return refuse(413, `a request takes ${MAX_BODY_BYTES} bytes at most`)
  const body = v.safeParse(bodySchema, parseJson(text))
  if (!body.success) return refuse(400, `not a query: ${v.summarize(body.issues)}`)
  const client = await known.pool.connect()
  const run = (query: Query) => runQuery(client, query, request)
  let broken = true
  try {
    const result =
      'queries' in body.output
        ? { results: await inTransaction(client, body.output.queries, request, run) }
        : await run(body.output)
    broken = false
    return { status: 200, body: result }
  } catch (error) {
    // A SQL error leaves the connection usable; anything else means that it is gone.
    broken = !(error instanceof pg.DatabaseError) || error.severity === 'FATAL'
    throw error
  } finally {
    client.release(broken)
  }
}

async function inTransaction<Result>(
  client: pg.PoolClient,
  queries: readonly Query[],
  request: IncomingMessage,
  run: (query: Query) => Promise<Result>,
): Promise<Result[]> {
  const isolation = ISOLATION_LEVELS[headerOf(request, 'neon-batch-isolation-level')]
  const modes = [
    isolation ? `ISOLATION LEVEL ${isolation}` : '',
    headerOf(request, 'neon-batch-read-only') === 'true' ? 'READ ONLY' : '',
    headerOf(request, 'neon-batch-deferrable') === 'true' ? 'DEFERRABLE' : '',
  ].filter((mode) => mode !== '')
  await client.query(`BEGIN ${modes.join(', ')}`)
  try {
    const results: Result[] = []
    for (const query of queries) results.push(await run(query))
    await client.query('COMMIT')
    return results
  } catch (error) {
    // On a lost connection there is nothing to roll back, and the first error is the one to tell.
    await client.query('ROLLBACK').catch(() => undefined)
    throw error
  }
}

async function runQuery(client: pg.PoolClient, query: Query, request: IncomingMessage) {
  const rawText = headerOf(request, 'neon-raw-text-output') === 'true'
  const arrayMode = headerOf(request, 'neon-array-mode') === 'true'
  const result = await client.query<unknown[]>({
    text: query.query,
    values: query.params,
    rowMode: 'array',
    ...(rawText && { types: { getTypeParser: () => (text: unknown) => text } }),
  })
  const rows = arrayMode
    ? result.rows
    : result.rows.map((row) =>
        Object.fromEntries(row.map((value, i) => [result.fields[i]?.name ?? '', value])),
      )
  return {
    command: result.command,
    rowCount: result.rowCount,
    rowAsArray: arrayMode,
    fields: result.fields,
    rows,
  }
}

function sameDatabase(given: string, own: string): boolean {
  if (!URL.canParse(given)) return false
  const [a, b] = [new URL(given), new URL(own)]
  return a.username === b.username && a.password === b.password && a.pathname === b.pathname
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    const buffer = Buffer.from(chunk)
    bytes += buffer.length
    if (bytes > MAX_BODY_BYTES) return undefined
    chunks.push(buffer)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function headerOf(request: IncomingMessage, name: string): string {
  const value = request.headers[name]
  return typeof value === 'string' ? value : ''
}

function refuse(status: number, message: string, code?: string): ErrorAnswer {
  return { status, body: { message, ...(code !== undefined && { code }) } }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
}
