import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import pg from 'pg'
import { conflicts } from '../../client/src/conflicts.ts'
import { history } from '../../client/src/history.ts'
import { type AppTypes, type Client, createClient, type Part } from '../../client/src/index.ts'
import { notifications } from '../../client/src/notifications.ts'
import { presence } from '../../client/src/presence.ts'
import type { Row } from '../../src/protocol/value.ts'
import { admitWorker } from '../application-role.ts'
import { freePort } from '../free-port.ts'
import { startNeonHttp } from '../neon-http.ts'
import { type LocalPostgres, startPostgres } from '../postgres.ts'
import { startWorker, type WorkerVariables } from '../worker.ts'
import type { Application } from './application.ts'
import { bundleOf } from './bundle.ts'
import type { FaultEndpoint } from './fault-endpoint.ts'
import { processTree, signal } from './processes.ts'
import { signAdmin, signNudge, signOperator, signPerson } from './tokens.ts'
import { until } from './until.ts'

/** A whole system of real processes: PostgreSQL, Neon's protocol before it, and the Worker in workerd. */
export type Stack<App extends AppTypes, Name extends string> = AsyncDisposable & {
  readonly url: string
  /** Of the owner, as migrations and other programs use it. */
  readonly connectionString: string
  /** Of the Worker, which the policies of Postgres bind. */
  readonly workerConnectionString: string
  /** The folder with the objects' storage, for `readObject`. */
  readonly objects: string
  /** Rows of a query, as any other program would get them. */
  sql(query: string, values?: readonly unknown[]): Promise<Row[]>
  /** A token for one of the application's people. */
  token(person: Name): Promise<string>
  /** A client of the real library, signed in as one of them. Whoever makes one closes it. */
  client(person: Name): Client<App>
  /** The same for an owner in any tenant, also one that nobody has opened. */
  member(tenant: string, name: string, more?: readonly Part[]): Client<App>
  /** A token for anybody in any tenant; an owner when nothing is said. */
  pass(tenant: string, name: string, role?: string, valid?: string): Promise<string>
  /** A token of an operator: of one tenant, or to look at all. */
  operatorToken(tenant?: string): Promise<string>
  /** Asks something of a tenant as an operator would, by POST. */
  administer(tenant: string, path: string, body?: unknown): Promise<Response>
  /** What a tenant's object gives whoever takes all of its records elsewhere, line by line. */
  exported(tenant: string): Promise<Row[]>
  /** Says that something changed in a tenant's tables, as a backend would; or asks for a comparison. */
  nudge(tenant: string, options?: { compare: boolean }): Promise<void>
  /** Process ids of the Worker at this moment. */
  workerPids(): number[]
  /** Kills the process of the Worker and its objects (SIGKILL); resolves when its successor answers. */
  killWorker(): Promise<void>
  /**
   * Keeps a copy of the storage of all objects, for which the Worker is down for a moment. The result
   * puts it back, or, with `wiped`, leaves nothing.
   */
  keepObjects(): Promise<(options?: { wiped: boolean }) => Promise<void>>
  /** Makes a backup of Postgres. The result restores it. */
  keepPostgres(): Promise<() => Promise<void>>
  /** Replaces Postgres by a fresh cluster on the same address, once it is migrated and `fill` has filled it. */
  anotherCluster(fill: (connectionString: string) => Promise<void>): Promise<void>
  /** Puts another bundle in the Worker's place, on the same address, with the objects' storage. */
  deploy(script: string): Promise<void>
  /** Stops Postgres as an operator would. */
  stopPostgres(): Promise<void>
  /** Starts it again, with the same data on the same port. */
  startPostgres(): Promise<void>
  /** Kills Postgres with all its processes (SIGKILL), as a power cut would. */
  killPostgres(): Promise<void>
  /** Process ids of Postgres at this moment, its postmaster first. */
  postgresPids(): number[]
  stop(): Promise<void>
}

const SECRET = 'a secret that only tests know, 32 bytes or more'

/** Those of services, which are others. */
const SERVICES = {
  AUTH_ADMIN_SECRET: 'a secret of those who administer, in tests',
  AUTH_NUDGE_SECRET: 'a secret of those who nudge, only in tests',
}

/**
 * Starts a stack of its own that runs an application, with an empty database.
 *
 * @param options.prepare may fill the database before the Worker starts
 * @param options.faults is put between the Worker and Neon's protocol; whoever made it ends it
 * @param options.entry is the module of another Worker, to run instead of the application's
 * @param options.vars are added to the Worker's variables
 * @param options.onLog takes each line that the Worker logs
 * @param options.inspectorPort is where a profiler may connect to the Worker
 */
export async function startStack<App extends AppTypes, Name extends string>(
  application: Application<App, Name>,
  options: {
    prepare?: (connectionString: string) => Promise<void>
    faults?: FaultEndpoint
    entry?: string
    vars?: WorkerVariables
    onLog?: (line: string) => void
    inspectorPort?: number
  } = {},
): Promise<Stack<App, Name>> {
  const directory = await mkdtemp(join(tmpdir(), 'tidemark-stack-'))
  let dataDir = join(directory, 'postgres')
  const objects = join(directory, 'objects')
  const postgresPort = await freePort()
  let postgres: LocalPostgres = await startPostgres({ dataDir, port: postgresPort })
  const { connectionString } = postgres
  await application.migrate(connectionString)
  await options.prepare?.(connectionString)
  const workerConnectionString = await admitWorker(connectionString)
  const neon = await startNeonHttp({ connectionString, others: [workerConnectionString] })
  options.faults?.leadTo(neon.endpoint)
  const workerOptions = {
    script: await bundleOf(application, options.entry),
    config: application.config,
    persistTo: objects,
    vars: {
      DATABASE_URL: workerConnectionString,
      NEON_ENDPOINT: options.faults?.endpoint ?? neon.endpoint,
      AUTH_SECRET: SECRET,
      ...SERVICES,
      TIDEMARK_DEV: 'true',
      ...options.vars,
    },
    ...(options.onLog && { onLog: options.onLog }),
    ...(options.inspectorPort !== undefined && { inspectorPort: options.inspectorPort }),
  }
  let worker = await startWorker(workerOptions)
  const { url, port } = worker
  const parts = [conflicts(), notifications(), presence(), history()]
  const find = (person: Name) => findPerson(application, person)
  const token = async (person: Name) => {
    const { tenant, role } = find(person)
    return signPerson(SECRET, tenant, person, role)
  }
  const stop = async () => {
    await worker.stop()
    await neon.stop()
    await postgres.stop()
    await rm(directory, { recursive: true, force: true })
  }
  return {
    url,
    connectionString,
    workerConnectionString,
    objects,
    sql: (query, values = []) => select(connectionString, query, values),
    token,
    client: (person) =>
      createClient<App>({ url, tenant: find(person).tenant, getToken: () => token(person), parts }),
    member: (tenant, name, more = []) =>
      createClient<App>({
        url,
        tenant,
        getToken: () => signPerson(SECRET, tenant, name),
        parts: [...parts, ...more],
      }),
    pass: (tenant, name, role, valid) => signPerson(SECRET, tenant, name, role, valid),
    operatorToken: (tenant) =>
      tenant === undefined
        ? signOperator(SERVICES.AUTH_ADMIN_SECRET)
        : signAdmin(SERVICES.AUTH_ADMIN_SECRET, tenant),
    administer: (tenant, path, body) => postAdmin(url, tenant, path, body),
    exported: (tenant) => getExport(url, tenant),
    nudge: (tenant, { compare } = { compare: false }) => postNudge(url, tenant, compare),
    workerPids: () => worker.pids(),
    async killWorker() {
      const pids = worker.pids()
      if (pids.length === 0) throw new Error('there is no workerd to kill')
      for (const pid of pids) process.kill(pid, 'SIGKILL')
      await until('the Worker answers again', () => isUp(url, pids, () => worker.pids()))
    },
    async keepObjects() {
      const restart = async (between: () => Promise<void>) => {
        await worker.stop()
        await between()
        worker = await startWorker({ ...workerOptions, port })
      }
      const copy = join(directory, 'objects-kept')
      await restart(() => replace(objects, copy))
      return ({ wiped } = { wiped: false }) =>
        restart(() => (wiped ? rm(objects, { recursive: true }) : replace(copy, objects)))
    },
    async keepPostgres() {
      const copy = `${dataDir}-kept`
      await postgres.stop()
      await replace(dataDir, copy)
      postgres = await startPostgres({ dataDir, port: postgresPort })
      return async () => {
        await postgres.stop()
        await replace(copy, dataDir)
        postgres = await startPostgres({ dataDir, port: postgresPort })
      }
    },
    async anotherCluster(fill) {
      await postgres.stop()
      dataDir = await mkdtemp(join(directory, 'postgres-'))
      const next = await startPostgres({ dataDir })
      await application.migrate(next.connectionString)
      await admitWorker(next.connectionString)
      await fill(next.connectionString)
      await next.stop()
      postgres = await startPostgres({ dataDir, port: postgresPort })
    },
    async deploy(other) {
      await worker.stop()
      worker = await startWorker({ ...workerOptions, script: other, port })
    },
    stopPostgres: () => postgres.stop(),
    async startPostgres() {
      postgres = await startPostgres({ dataDir, port: postgresPort })
    },
    async killPostgres() {
      const [, ...children] = processTree(postgres.pid)
      const gone = postgres.kill()
      for (const pid of children) signal(pid, 'SIGKILL')
      await gone
    },
    postgresPids: () => processTree(postgres.pid),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** Copies a folder with its owners: Postgres may not run as who runs the tests. */
async function replace(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true })
  await promisify(execFile)('cp', ['-a', from, to])
}

function findPerson<Name extends string>({ name, people }: Application<AppTypes, Name>, person: Name) {
  const found = people.find((one) => one.person === person)
  if (!found) throw new Error(`${name} knows no ${person}`)
  return found
}

async function postNudge(url: string, tenant: string, compare: boolean): Promise<void> {
  const response = await fetch(new URL(compare ? '/sync/nudge?compare' : '/sync/nudge', url), {
    method: 'POST',
    headers: { Authorization: `Bearer ${await signNudge(SERVICES.AUTH_NUDGE_SECRET, tenant)}` },
  })
  if (response.status !== 204) throw new Error(`a nudge was answered with ${response.status}`)
}

async function postAdmin(url: string, tenant: string, path: string, body: unknown): Promise<Response> {
  const token = await signAdmin(SERVICES.AUTH_ADMIN_SECRET, tenant)
  return fetch(new URL(`/sync/tenant${path}`, url), {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}` },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
}

async function getExport(url: string, tenant: string): Promise<Row[]> {
  const response = await fetch(new URL('/sync/tenant/export', url), {
    headers: { Authorization: `Bearer ${await signAdmin(SERVICES.AUTH_ADMIN_SECRET, tenant)}` },
  })
  if (!response.ok) throw new Error(`an export was answered with ${response.status}`)
  const lines = (await response.text()).split('\n').filter((line) => line !== '')
  return lines.map((line): Row => JSON.parse(line))
}

async function isUp(url: string, killed: readonly number[], pids: () => number[]): Promise<boolean> {
  if (pids().some((pid) => killed.includes(pid))) return false
  const response = await fetch(new URL('/health', url)).catch(() => undefined)
  return response?.ok === true
}

async function select(connectionString: string, query: string, values: readonly unknown[]): Promise<Row[]> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    return (await client.query<Row>(query, [...values])).rows
  } finally {
    await client.end()
  }
}
