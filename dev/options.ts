import { parseArgs } from 'node:util'
import { UsageError } from './usage-error.ts'

/** What `tidemark dev` was asked for. */
export type Options = {
  readonly port: number
  readonly fresh: boolean
  /** A database to use instead of a Postgres of our own, as its owner reaches it. */
  readonly databaseUrl: string | undefined
  /** The same as the Worker is to reach it. */
  readonly workerUrl: string | undefined
}

/** The address that README.md and the web page's own development server name. */
const STANDARD_PORT = 8787

/** Reads the command line and the environment. Throws a UsageError that names the way out. */
export function readOptions(
  args: readonly string[],
  databaseUrl: string | undefined,
  workerUrl?: string | undefined,
): Options {
  const { port, fresh } = parse(args)
  const number = Number(port)
  if (!Number.isInteger(number) || number < 1 || number > 65_535) {
    throw new UsageError(`--port takes a number from 1 to 65535, not "${port}".`)
  }
  for (const [name, url] of Object.entries({
    DATABASE_URL: databaseUrl,
    WORKER_DATABASE_URL: workerUrl,
  })) {
    if (url !== undefined && !/^postgres(ql)?:\/\//.test(url))
      throw new UsageError(`${name} must look like postgresql://user:password@host/database.`)
  }
  if (workerUrl !== undefined && databaseUrl === undefined) {
    throw new UsageError(
      'WORKER_DATABASE_URL goes with DATABASE_URL. Unset it to use a Postgres that is started for you.',
    )
  }
  if (databaseUrl !== undefined && fresh) {
    throw new UsageError(
      '--fresh drops only the local Postgres. Unset DATABASE_URL, or empty that database yourself.',
    )
  }
  return { port: number, fresh, databaseUrl, workerUrl }
}

function parse(args: readonly string[]): { port: string; fresh: boolean } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        port: { type: 'string', default: String(STANDARD_PORT) },
        fresh: { type: 'boolean', default: false },
      },
    })
    return values
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new UsageError(`${reason}\nUsage: tidemark dev [--port ${STANDARD_PORT}] [--fresh]`)
  }
}
