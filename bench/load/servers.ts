import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { buildWeb } from '../../dev/build-web.ts'
import { buildWorker } from '../../dev/build-worker.ts'
import { signPerson } from '../../dev/harness/tokens.ts'
import { startWorker } from '../../dev/worker.ts'
import type { Database } from './database.ts'
import { isPeerName, type PeerName, startHocuspocus } from './peers.ts'
import { CONTACT, rowOf } from './rows.ts'
import type { Speaks } from './task.ts'
import { startZero } from './zero.ts'

const SECRET = 'a secret that only this measurement knows'

/** A server of its own process, with the rows of the workload. */
export type Server = AsyncDisposable & {
  readonly url: string
  readonly speaks: Speaks
  /** The tenant whose rows it serves; empty where a server has none. */
  readonly tenant: string
  pids(): number[]
  /** Tokens for sockets of its tenant, or of another one; none where nobody is asked for one. */
  tokens(count: number, tenant?: string): Promise<string[]>
}

/** What may be wished of a server. */
export type ServerOptions = {
  /** Where a profiler may connect. */
  readonly inspectorPort?: number
  /** Whose pages may connect to the product, besides its own. */
  readonly origins?: string
  /** A bundle to run instead of the usual one. */
  readonly script?: string
}

/** The servers that can be measured beside one another, without the peers. */
export const SERVERS = ['floor-a', 'floor-b', 'tidemark'] as const

export type ServerName = (typeof SERVERS)[number] | PeerName

export const isServerName = (name: string): name is ServerName =>
  SERVERS.some((known) => known === name) || isPeerName(name)

/** Those that are a Worker with a Durable Object. */
type WorkerName = Exclude<ServerName, 'hocuspocus' | 'zero'>

const ENTRIES: Readonly<Record<WorkerName, string>> = {
  'floor-a': 'bench/floors/floor-a.ts',
  'floor-b': 'bench/floors/floor-b.ts',
  tidemark: 'examples/invoices/worker.ts',
  partyserver: 'bench/peers/partyserver/worker.ts',
  tinybase: 'bench/peers/tinybase/worker.ts',
  tldraw: 'bench/peers/tldraw/worker.ts',
}

/** Bundled once, however often they are started. */
const scripts = new Map<WorkerName, Promise<string>>()

let tenants = 0

/** Starts a server anew: another process, another folder, another tenant. */
export async function startServer(
  name: ServerName,
  database: Database,
  rows: number,
  { inspectorPort, origins = '', script }: ServerOptions = {},
): Promise<Server> {
  if (name === 'hocuspocus') return withoutTenant(name, await startHocuspocus(rows))
  if (name === 'zero') return withoutTenant(name, await startZero(rows))
  const tenant = `load-${tenants++}`
  if (name === 'tidemark') await putRows(database.connectionString, tenant, rows)
  const directory = await mkdtemp(join(tmpdir(), 'tidemark-bench-'))
  const worker = await startWorker({
    script: script ?? (await bundleOf(name)),
    persistTo: directory,
    ...(inspectorPort !== undefined && { inspectorPort }),
    vars: {
      DATABASE_URL: database.workerConnectionString,
      NEON_ENDPOINT: database.endpoint,
      AUTH_SECRET: SECRET,
      ALLOWED_ORIGINS: origins,
    },
  })
  if (name !== 'tidemark') await sendRows(worker.url, rows)
  const stop = async () => {
    await worker.stop()
    await rm(directory, { recursive: true, force: true })
  }
  if (name !== 'tidemark') {
    const speaks = isPeerName(name) ? name : 'bare'
    return withoutTenant(speaks, { url: worker.url, pids: () => worker.pids(), stop })
  }
  return {
    url: worker.url,
    speaks: name,
    tenant,
    pids: () => worker.pids(),
    // Each client is a person of its own: what one may have done is bounded by person.
    tokens: (count, of = tenant) =>
      Promise.all(Array.from({ length: count }, (_, i) => signPerson(SECRET, of, `person-${i}`))),
    [Symbol.asyncDispose]: stop,
  }
}

type Running = { readonly url: string; readonly pids: () => number[]; readonly stop: () => Promise<void> }

/** A server that knows neither tenants nor tokens. */
function withoutTenant(speaks: Speaks, { url, pids, stop }: Running): Server {
  return { url, speaks, tenant: '', pids, tokens: async () => [], [Symbol.asyncDispose]: stop }
}

function bundleOf(name: WorkerName): Promise<string> {
  const build = () => buildWeb().then(() => buildWorker({ entry: ENTRIES[name] }))
  const bundle = scripts.get(name) ?? build()
  scripts.set(name, bundle)
  return bundle
}

/** Gives a tenant its rows, in Postgres. */
export async function putRows(connectionString: string, tenant: string, rows: number): Promise<void> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    await client.query('INSERT INTO contacts (tenant_id, id, name) VALUES ($1, $2, $2)', [tenant, CONTACT])
    const json = JSON.stringify(Array.from({ length: rows }, (_, place) => rowOf(place)))
    await client.query(
      `INSERT INTO invoices (tenant_id, id, number, contact_id, status, total_cents, reference, due_on)
         SELECT $1, id, number, "contactId", status, "totalCents", reference, "dueOn"
           FROM json_to_recordset($2) AS r(
             id text, number text, "contactId" text, status text, "totalCents" bigint, reference text, "dueOn" date
           )`,
      [tenant, json],
    )
  } finally {
    await client.end()
  }
}

async function sendRows(url: string, rows: number): Promise<void> {
  const body = JSON.stringify(Array.from({ length: rows }, (_, place) => rowOf(place)))
  const response = await fetch(new URL('/sync/rows', url), { method: 'POST', body })
  if (!response.ok) throw new Error(`the rows were answered with ${response.status}`)
}
