import { admitWorker } from './application-role.ts'
import { migrate } from './migrate.ts'
import type { History } from './migration-history.ts'
import { startNeonHttp } from './neon-http.ts'
import type { Options } from './options.ts'
import { type LocalPostgres, startPostgres } from './postgres.ts'
import { POSTGRES_FOLDER } from './stack-file.ts'
import type { Steps } from './steps.ts'
import { UsageError } from './usage-error.ts'

/** A database as its owner reaches it, and where the Worker finds it. */
type Database = { connectionString: string; workerConnectionString: string; neonEndpoint?: string }

/** What an opening does, and with what. */
type Opening = {
  readonly steps: Steps
  /** Stops it between two steps. */
  readonly signal: AbortSignal
  readonly histories: readonly History[]
  /** Puts development data in, if there is any. */
  readonly seed?: ((connectionString: string) => Promise<unknown>) | undefined
}

/**
 * Opens the database of the stack, at its newest schema and with development data: our own Postgres,
 * or the one that `databaseUrl` names, which the Worker reaches by `workerUrl`. What it starts is put on `started`,
 * to be ended in reverse.
 */
export async function openDatabase(
  { databaseUrl, workerUrl }: Options,
  started: (() => Promise<void>)[],
  { steps, signal, histories, seed }: Opening,
): Promise<Database> {
  const connectionString = databaseUrl ?? (await startOwn(started, steps))
  signal.throwIfAborted()
  try {
    await steps.take('Applying the migrations', () => migrate(connectionString, histories))
    signal.throwIfAborted()
    if (seed) await steps.take('Putting in development data', () => seed(connectionString))
  } catch (error) {
    signal.throwIfAborted()
    throw new UsageError(`${describeBroken(error)}\n${wayOut(databaseUrl)}`)
  }
  const workerConnectionString =
    databaseUrl === undefined ? await admitWorker(connectionString) : (workerUrl ?? connectionString)
  if (workerConnectionString === connectionString) steps.say(NO_WALL)
  // Neon speaks its protocol itself; any other Postgres needs us in front.
  if (databaseUrl !== undefined && isNeon(databaseUrl)) return { connectionString, workerConnectionString }
  const neon = await startNeonHttp({ connectionString, others: [workerConnectionString] })
  started.push(() => neon.stop())
  return { connectionString, workerConnectionString, neonEndpoint: neon.endpoint }
}

/** In a database of somebody else's, no password is set for a role that may be in use. */
const NO_WALL =
  'The Worker connects as the owner, whom no policy binds. With WORKER_DATABASE_URL it connects as its own role: ' +
  'docs/second-wall.md'

async function startOwn(started: (() => Promise<void>)[], steps: Steps): Promise<string> {
  try {
    const postgres = await steps.take('Starting Postgres', () => startPostgres({ dataDir: POSTGRES_FOLDER }))
    const watch = tellItsEnd(postgres, steps)
    started.push(() => {
      watch.isWanted = true
      return postgres.stop()
    })
    return postgres.connectionString
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n${wayOut(undefined)}`)
  }
}

function tellItsEnd({ gone }: LocalPostgres, steps: Steps): { isWanted: boolean } {
  const watch = { isWanted: false }
  void gone.then(() => {
    if (!watch.isWanted)
      steps.say(
        'Postgres has ended. Editing goes on, and nothing is stored there: Ctrl-C, then start it again.',
      )
  })
  return watch
}

function isNeon(connectionString: string): boolean {
  return new URL(connectionString).hostname.endsWith('.neon.tech')
}

function describeBroken(error: unknown): string {
  if (!(error instanceof Error)) return `The database cannot be used: ${String(error)}`
  // Drizzle wraps the reason; a refused connection to several addresses has no message but a code.
  const reason = error.cause instanceof Error ? error.cause : error
  const code = 'code' in reason ? String(reason.code) : ''
  return `The database cannot be used: ${reason.message || code}`
}

function wayOut(databaseUrl: string | undefined): string {
  return databaseUrl === undefined
    ? 'Dropping all local data mends a broken database: `tidemark dev --fresh`'
    : 'Check DATABASE_URL, or unset it to use a Postgres that is started for you.'
}
