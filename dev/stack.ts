import { createHash } from 'node:crypto'
import { appendFile, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { buildWeb } from './build-web.ts'
import { buildWorker } from './build-worker.ts'
import { openDatabase } from './database.ts'
import { isPortFree } from './free-port.ts'
import { LOCAL_AUTH_SECRET } from './local-secret.ts'
import { type Options, UsageError } from './options.ts'
import { isAlive, readStackFile, removeStackFile, STATE_FOLDER, writeStackFile } from './stack-file.ts'
import { startWorker } from './worker.ts'

/** The running product. */
export type LocalStack = { readonly url: string; stop(): Promise<void> }

/**
 * Starts database, migrations, seed data, web page and Worker, in this order. What was started is
 * stopped again when a later step fails or `signal` aborts.
 */
export async function startStack(
  options: Options,
  { signal, report }: { signal: AbortSignal; report: (line: string) => void },
): Promise<LocalStack> {
  await claimState(options)
  const started: (() => Promise<void>)[] = []
  const stop = async () => {
    for (const end of started.toReversed()) await end()
    await removeStackFile()
  }
  try {
    const database = await openDatabase(options.databaseUrl, started, report)
    signal.throwIfAborted()
    await buildWeb(report)
    signal.throwIfAborted()
    report('Building the Worker ...')
    const script = await buildWorker()
    signal.throwIfAborted()
    const log = join(STATE_FOLDER, 'worker.log')
    const worker = await startWorker({
      port: options.port,
      persistTo: join(STATE_FOLDER, 'objects', nameOf(options.databaseUrl)),
      script,
      vars: {
        DATABASE_URL: database.connectionString,
        AUTH_SECRET: LOCAL_AUTH_SECRET,
        TIDEMARK_DEV: 'true',
        ...(database.neonEndpoint !== undefined && { NEON_ENDPOINT: database.neonEndpoint }),
      },
      onLog: (line) => void appendFile(log, `${line}\n`).catch(() => report(line)),
    })
    started.push(() => worker.stop())
    await writeStackFile({ pid: process.pid, url: worker.url, ...database })
    return { url: worker.url, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** A folder name per database, because objects that know one of them must not meet another. */
function nameOf(databaseUrl: string | undefined): string {
  if (databaseUrl === undefined) return 'local'
  const { host, pathname } = new URL(databaseUrl)
  return createHash('sha256')
    .update(host + pathname)
    .digest('hex')
    .slice(0, 16)
}

/** Makes sure that nobody else uses the state folder and the port, and clears what a crash left. */
async function claimState({ port, fresh }: Options): Promise<void> {
  const earlier = await readStackFile()
  if (earlier && isAlive(earlier.pid)) {
    throw new UsageError(
      `The local stack is running already, at ${earlier.url}. Stop it first (process ${earlier.pid}).`,
    )
  }
  if (!(await isPortFree(port))) {
    throw new UsageError(
      `Port ${port} is taken. Free it, or choose another: npm run dev -- --port ${port + 1}`,
    )
  }
  // The stack of a killed process leaves its Postgres behind, which holds the data directory.
  if (earlier?.postgresPid !== undefined) await endOrphan(earlier.postgresPid)
  if (fresh) await rm(STATE_FOLDER, { recursive: true, force: true })
  await mkdir(STATE_FOLDER, { recursive: true })
}

/** Milliseconds for an orphaned Postgres to write its last checkpoint. */
const ORPHAN_DEADLINE_MS = 10_000
const POLL_MS = 50

async function endOrphan(pid: number): Promise<void> {
  if (!isAlive(pid)) return
  process.kill(pid, 'SIGINT')
  const deadline = Date.now() + ORPHAN_DEADLINE_MS
  while (isAlive(pid) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, POLL_MS))
}
