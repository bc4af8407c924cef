import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll } from 'vitest'
import { admitWorker } from '../../../dev/application-role.ts'
import { type NeonHttp, startNeonHttp } from '../../../dev/neon-http.ts'
import { type LocalPostgres, startPostgres } from '../../../dev/postgres.ts'
import type { Question } from '../../../src/core/edits/proposal.ts'
import type { ExternalChanges } from '../../../src/core/external/events.ts'
import type { Batch, LedgerPosition } from '../../../src/core/outbox/batch.ts'
import type { Attempt, PostgresPort } from '../../../src/core/outbox/postgres-port.ts'
import { createGateway } from '../../../src/postgres/gateway.ts'
import { BOARD } from '../../fixtures/board/application.ts'

/** A migrated Postgres behind Neon's protocol, for the tests of one file. */
export type Database = {
  readonly postgres: LocalPostgres
  /** The connection string of the Worker, and so of the gateways. */
  readonly workerConnectionString: string
  readonly endpoint: string
  /** A cursor that has seen nothing. */
  readonly beginning: string
  /** One statement on a connection of its own kind, apart from the gateway's. */
  sql(text: string, params?: readonly unknown[]): Promise<Record<string, unknown>[]>
  /** A session of its own, for open transactions. Ended with the file at the latest. */
  session(as?: Partial<Pick<URL, 'username' | 'password' | 'pathname'>>): Promise<pg.Client>
  /** Resolves when a call of a gateway waits for a lock. */
  someoneWaits(): Promise<void>
  gateway(tenant: string, more?: Partial<Parameters<typeof createGateway>[0]>): Gateway
}

/** A gateway that keeps the tenant's cursor and place as an object does, where a call gives none. */
export type Gateway = Omit<PostgresPort, 'apply' | 'propose'> & {
  apply(batch: Batch, cursor?: string): ReturnType<PostgresPort['apply']>
  propose(batch: Batch, question: Question, cursor?: string): ReturnType<PostgresPort['propose']>
  /** What a look finds; it has to find the ledger in order. */
  changes(cursor?: string): Promise<Attempt<ExternalChanges>>
}

/** What a gateway keeps of a tenant. */
type Kept = { cursor: string | undefined; place: LedgerPosition }

/** An application whose tables a database has. */
type Migrated = Pick<Parameters<typeof createGateway>[0], 'app'> & {
  migrate(connectionString: string): Promise<void>
}

export function useDatabase({ app, migrate }: Migrated = BOARD): Database {
  let directory = ''
  let postgres: LocalPostgres | undefined
  let neon: NeonHttp | undefined
  let workerConnectionString: string | undefined
  let pool: pg.Pool | undefined
  let beginning: string | undefined
  const sessions: pg.Client[] = []
  const tenants = new Map<string, Kept>()

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tidemark-test-'))
    postgres = await startPostgres({ dataDir: join(directory, 'data') })
    const { connectionString } = postgres
    await migrate(connectionString)
    workerConnectionString = await admitWorker(connectionString)
    neon = await startNeonHttp({ connectionString, others: [workerConnectionString] })
    pool = new pg.Pool({ connectionString, max: 2 })
    // Some tests kill Postgres under its connections.
    pool.on('error', () => undefined)
    pool.on('connect', (client) => client.on('error', () => undefined))
    beginning = String((await pool.query("SELECT tidemark.cursor_text('1:1:') AS cursor")).rows[0]?.cursor)
  })

  afterAll(async () => {
    for (const session of sessions) await session.end()
    await pool?.end()
    await neon?.stop()
    await postgres?.stop()
    await rm(directory, { recursive: true, force: true })
  })

  const started = <Part>(part: Part | undefined): Part => {
    if (part === undefined) throw new Error('the database is there once beforeAll has run')
    return part
  }
  return {
    get postgres() {
      return started(postgres)
    },
    get workerConnectionString() {
      return started(workerConnectionString)
    },
    get endpoint() {
      return started(neon).endpoint
    },
    get beginning() {
      return started(beginning)
    },
    async sql(text, params = []) {
      return (await started(pool).query(text, [...params])).rows
    },
    async session(as) {
      const url = Object.assign(new URL(started(postgres).connectionString), as ?? {})
      const client = new pg.Client({ connectionString: url.href })
      await client.connect()
      sessions.push(client)
      return client
    },
    async someoneWaits() {
      const waiting =
        "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ~ 'tidemark.(apply_batch|propose)'"
      while ((await started(pool).query(waiting)).rows.length === 0) await new Promise(setImmediate)
    },
    gateway: (tenant, more = {}) => {
      const kept = tenants.get(tenant) ?? { cursor: undefined, place: { epoch: '', after: 0, head: 0 } }
      tenants.set(tenant, kept)
      const port = createGateway({
        connectionString: started(workerConnectionString),
        fetchEndpoint: started(neon).endpoint,
        tenant: () => tenant,
        app,
        ...more,
      })
      return keepPlace(port, kept, () => started(beginning))
    },
  }
}

/** The first `open` of a tenant begins its cursor, and every answer moves it. */
function keepPlace(port: PostgresPort, kept: Kept, beginning: () => string): Gateway {
  const keep = async (batch: Batch, attempt: ReturnType<PostgresPort['apply']>) => {
    const answer = await attempt
    if (answer.ok && 'external' in answer.value) {
      kept.cursor = answer.value.external.cursor
      const after = answer.value.applied
      kept.place = { epoch: batch.epoch, after, head: Math.max(after, kept.place.head, batch.upTo) }
    }
    return answer
  }
  return {
    ...port,
    async open(epoch) {
      const ledger = await port.open(epoch)
      if (!ledger.ok) return ledger
      kept.cursor ??= ledger.value.cursor
      kept.place = { epoch, after: ledger.value.applied, head: ledger.value.applied }
      return ledger
    },
    apply: (batch, cursor = kept.cursor ?? beginning()) => keep(batch, port.apply(batch, cursor)),
    propose: (batch, question, cursor = kept.cursor ?? beginning()) =>
      keep(batch, port.propose(batch, question, cursor)),
    async changes(cursor = kept.cursor ?? beginning()) {
      const answer = await port.poll(kept.place, cursor)
      if (!answer.ok) return answer
      if (answer.value.is !== 'current') throw new Error(`the ledger is not in order: ${answer.value.is}`)
      kept.cursor = answer.value.external.cursor
      return { ok: true, value: answer.value.external }
    },
  }
}
