import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { buildWorker } from './build-worker.ts'
import { claimState } from './claim-state.ts'
import { openDatabase } from './database.ts'
import { loadModule } from './load-module.ts'
import { LOCAL_SECRETS } from './local-secret.ts'
import type { Options } from './options.ts'
import { historiesOf, type Project } from './project.ts'
import { STATE_FOLDER, writeStackFile } from './stack-file.ts'
import { Steps } from './steps.ts'
import { Problems } from './tell-problems.ts'
import { UsageError } from './usage-error.ts'
import { startWorker } from './worker.ts'

/** The running product. */
export type LocalStack = {
  readonly url: string
  /** The file with everything that the Worker logs. */
  readonly log: string
  stop(): Promise<void>
}

/**
 * Starts a project's database, migrations, seed data and Worker. What was started is stopped again when a
 * step fails or `signal` aborts. Says what it is doing, and afterwards what goes wrong.
 */
export async function startStack(
  project: Project,
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
    const { database, script } = await prepare(project, options, started, { signal, steps })
    const log = join(STATE_FOLDER, 'worker.log')
    const lines = createWriteStream(log, { flags: 'a' }).on('error', ({ message }) => report(message))
    started.push(() => new Promise<void>((resolve) => lines.end(resolve)))
    const problems = new Problems(report)
    const worker = await steps.take('Starting the Worker', () =>
      startWorker({
        project: project.folder,
        config: project.config,
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
  project: Project,
  options: Options,
  started: (() => Promise<void>)[],
  { signal, steps }: { signal: AbortSignal; steps: Steps },
) {
  const failed = new AbortController()
  const either = AbortSignal.any([signal, failed.signal])
  const opening = openDatabase(options, started, {
    steps,
    signal: either,
    histories: historiesOf(project),
    seed: await seedOf(project),
  })
  const building = steps.take('Building the Worker', () =>
    buildWorker({ project: project.folder, config: project.config, page: 'to be built', signal: either }),
  )
  for (const one of [opening, building]) one.catch((error: unknown) => failed.abort(error))
  // Nothing may be started any more when the failure of one is told.
  await Promise.allSettled([opening, building])
  either.throwIfAborted()
  return { database: await opening, script: await building }
}

/** How development data is put in. Throws a UsageError on a module that has no such function. */
async function seedOf({ folder, seed: path }: Project) {
  if (path === undefined) return undefined
  const { seed } = await loadModule(folder, path)
  if (typeof seed !== 'function') throw new UsageError(`${path} has to export a function \`seed\`.`)
  return async (connectionString: string): Promise<unknown> => seed(connectionString)
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
