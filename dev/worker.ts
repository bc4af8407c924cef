import { execFileSync } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare'
import * as v from 'valibot'
import { unstable_getMiniflareWorkerOptions, unstable_readConfig } from 'wrangler'
import { buildWorker, PRODUCT_CONFIG, PROJECT } from './build-worker.ts'
import { freePort } from './free-port.ts'

/** The Worker in a workerd of our own. */
export type LocalWorker = {
  readonly url: string
  readonly port: number
  /** Process ids of its workerd at this moment. One that is killed is replaced at once, on the same port. */
  pids(): number[]
  stop(): Promise<void>
}

/** The variables and secrets that the deployed Worker is given, and those of the local stack. */
export type WorkerVariables = Readonly<Record<string, string>>

/**
 * Starts the Worker on 127.0.0.1 with the options that its wrangler.toml declares.
 *
 * @param options.project the folder of the project; without it, the root of the repository
 * @param options.config the settings of wrangler in it; without it, of what is deployed
 * @param options.script a bundle made by `buildWorker`, to start several times what was built once
 * @param options.persistTo folder for the objects' storage; without it, storage ends with `stop`
 * @param options.inspectorPort where a debugger or profiler may connect
 * @param options.onLog takes each line that the Worker logs, with its level; without it, they are dropped
 */
export async function startWorker(options: {
  port?: number
  persistTo?: string
  vars: WorkerVariables
  project?: string
  config?: string
  script?: string
  inspectorPort?: number
  onLog?: (line: string, level: string) => void
}): Promise<LocalWorker> {
  const port = options.port ?? (await freePort())
  const { project = PROJECT, config = PRODUCT_CONFIG } = options
  const script = options.script ?? (await buildWorker({ project, config }))
  if (options.persistTo !== undefined) await mkdir(options.persistTo, { recursive: true })
  const { declared, bindings } = readConfiguration(join(project, config))
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: '127.0.0.1',
      port,
      // A real one would be fetched from the network.
      cf: false,
      log: new Log(LogLevel.ERROR),
      handleStructuredLogs: ({ message, level }) => options.onLog?.(message, level),
      ...(options.inspectorPort !== undefined && { inspectorPort: options.inspectorPort }),
      ...(options.persistTo !== undefined && { resourcePersistencePath: options.persistTo }),
      workers: [
        {
          ...declared,
          name: 'tidemark',
          modules: true,
          script,
          bindings: { ...bindings, ...options.vars },
        },
      ],
    }),
  )
  try {
    await miniflare.ready
  } catch (error) {
    await miniflare.dispose()
    throw error
  }
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    pids: () => findProcesses(`127.0.0.1:${port}`),
    stop: () => miniflare.dispose(),
  }
}

/** The options of a wrangler.toml. Its required secrets come as variables here, so it need not look for them. */
function readConfiguration(config: string) {
  const { secrets: _, ...configuration } = unstable_readConfig({ config })
  const { workerOptions } = unstable_getMiniflareWorkerOptions(configuration)
  // The bundle has no other modules that rules could apply to.
  const { modulesRules: _rules, bindings, ...declared } = workerOptions
  return { declared, bindings: v.parse(v.record(v.string(), v.string()), bindings) }
}

/** Our own children of which a command-line argument ends so. */
function findProcesses(argument: string): number[] {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
  return table.split('\n').flatMap((line) => {
    const [pid, parent, ...args] = line.trim().split(/\s+/)
    const ours = Number(parent) === process.pid && args.some((arg) => arg.endsWith(argument))
    return ours ? [Number(pid)] : []
  })
}
