import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { buildWeb } from './build-web.ts'
import { buildWorker } from './build-worker.ts'
import { claimState } from './claim-state.ts'
import { openDatabase } from './database.ts'
import { LOCAL_SECRETS } from './local-secret.ts'
import type { Options } from './options.ts'
import { STATE_FOLDER, writeStackFile } from './stack-file.ts'
import { Steps } from './steps.ts'
import { Problems } from './tell-problems.ts'
import { startWorker } from './worker.ts'

/** The running product. */
export type LocalStack = {
  readonly url: string
  /** The file with everything that the Worker logs. */
  readonly log: string
  stop(): Promise<void>
}

/**
 * Starts database, migrations, seed data, web page and Worker. What was started is stopped again when a
 * step fails or `signal` aborts. Says what it is doing, and afterwards what goes wrong.
 */
export async function startStack(
  options: Options,
  { signal, report }: { signal: AbortSignal; report: (line: string) => void },
): Promise<LocalStack> {
  const release = await claimState(options, report)
  const started: (() => Promise<void>)[] = [release]
  const stop = async () => {
    for (const end of started.toReversed()) await end()
  }
  try {
    const steps = new Steps(report)
    const { database, script } = await prepare(options, started, { signal, steps })
    const log = join(STATE_FOLDER, 'worker.log')
    const lines = createWriteStream(log, { flags: 'a' }).on('error', ({ message }) => report(message))
    started.push(() => new Promise<void>((resolve) => lines.end(resolve)))
    const problems = new Problems(report)
    const worker = await steps.take('Starting the Worker', () =>
      startWorker({
        port: options.port,
        persistTo: join(STATE_FOLDER, 'objects', nameOf(options.databaseUrl)),
        script,
        vars: {
          DATABASE_URL: database.workerConnectionString,
          ...LOCAL_SECRETS,
          TIDEMARK_DEV: 'true',
          ...(database.neonEndpoint !== undefined && { NEON_ENDPOINT: database.neonEndpoint }),
        },
        onLog(line, level) {
          lines.write(`${line}\n`)
          problems.take(line, level)
        },
      }),
    )
    started.push(() => worker.stop())
    const { workerConnectionString: _, ...owner } = database
    await writeStackFile({ pid: process.pid, url: worker.url, ...owner })
    return { url: worker.url, log, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Database and bundles need nothing of each other, and are made at once. When one fails, the rest is ended. */
async function prepare(
  options: Options,
  started: (() => Promise<void>)[],
  { signal, steps }: { signal: AbortSignal; steps: Steps },
) {
  const failed = new AbortController()
  const either = AbortSignal.any([signal, failed.signal])
  const opening = openDatabase(options, started, { steps, signal: either })
  const building = build(steps, either)
  for (const one of [opening, building]) one.catch((error: unknown) => failed.abort(error))
  // Nothing may be started any more when the failure of one is told.
  await Promise.allSettled([opening, building])
  either.throwIfAborted()
  return { database: await opening, script: await building }
}

/** The page first: it is part of what the Worker is bundled with. */
async function build(steps: Steps, signal: AbortSignal): Promise<string> {
  await steps.take('Building the page', () => buildWeb({ signal }))
  return steps.take('Building the Worker', () => buildWorker({ signal }))
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
