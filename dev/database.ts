import { join } from 'node:path'
import { migrate } from './migrate.ts'
import { startNeonHttp } from './neon-http.ts'
import { UsageError } from './options.ts'
import { startPostgres } from './postgres.ts'
import { seed } from './seed.ts'
import { STATE_FOLDER } from './stack-file.ts'

/** Where the Worker finds its database. */
type Database = { connectionString: string; neonEndpoint?: string; postgresPid?: number }

/**
 * Opens the database of the stack, at its newest schema and with development data: our own Postgres,
 * or the one that `databaseUrl` names. What it starts is put on `started`, to be ended in reverse.
 */
export async function openDatabase(
  databaseUrl: string | undefined,
  started: (() => Promise<void>)[],
  report: (line: string) => void,
): Promise<Database> {
  const own = databaseUrl === undefined ? await startOwn(started, report) : undefined
  const connectionString = own?.connectionString ?? databaseUrl ?? ''
  report('Applying migrations and development data ...')
  try {
    await migrate(connectionString)
    await seed(connectionString)
  } catch (error) {
    throw new UsageError(`${describeBroken(error)}\n${wayOut(databaseUrl)}`)
  }
  const database = { connectionString, ...(own && { postgresPid: own.pid }) }
  // Neon speaks its protocol itself; any other Postgres needs us in front.
  if (databaseUrl !== undefined && isNeon(databaseUrl)) return database
  const neon = await startNeonHttp({ connectionString })
  started.push(() => neon.stop())
  return { ...database, neonEndpoint: neon.endpoint }
}

async function startOwn(started: (() => Promise<void>)[], report: (line: string) => void) {
  report('Starting Postgres ...')
  try {
    const postgres = await startPostgres({ dataDir: join(STATE_FOLDER, 'postgres') })
    started.push(() => postgres.stop())
    return postgres
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n${wayOut(undefined)}`)
  }
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
    ? 'Dropping all local data mends a broken database: npm run dev -- --fresh'
    : 'Check DATABASE_URL, or unset it to use a Postgres that is started for you.'
}
