import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import pg from 'pg'
import { freePort } from '../../dev/free-port.ts'
import { until } from '../../dev/harness/until.ts'
import { startPostgres } from '../../dev/postgres.ts'
import { rowOf } from './rows.ts'

const FOLDER = fileURLToPath(new URL('../peers/', import.meta.url))
const PROGRAMS = `${FOLDER}node_modules/@rocicorp/zero/out/zero/src/`

/** How long its first copy of the database may take, in ms. */
const START_DEADLINE_MS = 60_000

/**
 * Starts zero-cache in front of a Postgres of its own, which sends on its log of changes: the one peer that
 * writes through to Postgres itself.
 */
export async function startZero(rows: number) {
  const directory = await mkdtemp(join(tmpdir(), 'tidemark-zero-'))
  const postgres = await startPostgres({ dataDir: join(directory, 'data'), settings: ['wal_level=logical'] })
  await putRows(postgres.connectionString, rows)
  const [port, changesPort] = [await freePort(), await freePort()]
  const env = {
    ...process.env,
    NODE_ENV: 'development',
    ZERO_UPSTREAM_DB: postgres.connectionString,
    ZERO_REPLICA_FILE: join(directory, 'replica.db'),
    ZERO_SCHEMA_PATH: `${FOLDER}zero/schema.ts`,
    ZERO_PORT: String(port),
    ZERO_CHANGE_STREAMER_PORT: String(changesPort),
    ZERO_LOG_LEVEL: 'error',
    ZERO_ENABLE_STARTUP_MESSAGE: '0',
    DO_NOT_TRACK: '1',
  }
  await promisify(execFile)(process.execPath, [`${PROGRAMS}deploy-permissions.js`], { cwd: directory, env })
  const child = spawn(process.execPath, [`${PROGRAMS}cli.js`], { cwd: directory, env, stdio: 'ignore' })
  // Other signals make it wait until its clients have left.
  const kill = () => void child.kill('SIGQUIT')
  process.once('exit', kill)
  const ended = once(child, 'exit').finally(() => process.off('exit', kill))
  const url = `http://127.0.0.1:${port}`
  await until(
    'zero-cache answers',
    async () => {
      if (child.exitCode !== null)
        throw new Error(`zero-cache ended with ${child.exitCode} before it was ready`)
      const answer = await fetch(url).catch(() => undefined)
      return answer?.ok
    },
    START_DEADLINE_MS,
  )
  return {
    url,
    pids: () => (child.pid === undefined ? [] : [child.pid]),
    async stop() {
      kill()
      await ended
      await postgres.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

async function putRows(connectionString: string, rows: number): Promise<void> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    await client.query(`CREATE TABLE invoices (
      id text PRIMARY KEY, number text NOT NULL, "contactId" text NOT NULL, status text NOT NULL,
      "totalCents" bigint NOT NULL, "paidCents" bigint NOT NULL, reminders int NOT NULL, reference text NOT NULL,
      "dueOn" text NOT NULL
    )`)
    const json = JSON.stringify(Array.from({ length: rows }, (_, place) => rowOf(place)))
    await client.query('INSERT INTO invoices SELECT * FROM json_populate_recordset(NULL::invoices, $1)', [
      json,
    ])
  } finally {
    await client.end()
  }
}
