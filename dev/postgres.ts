import type { ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { freePort } from './free-port.ts'
import { findBinaries, giveAway, spawnUnprivileged } from './postgres-binaries.ts'

/** A running Postgres of our own. */
export type LocalPostgres = {
  readonly connectionString: string
  readonly port: number
  /** Of the postmaster. */
  readonly pid: number
  /** Resolves when it has ended, whoever ended it. */
  readonly gone: Promise<unknown>
  /** Ends it as an operator would; open connections are cut, nothing is lost. */
  stop(): Promise<void>
  /** Ends it as a power cut would. Resolves when the process is gone. */
  kill(): Promise<void>
}

/** Reachable from this machine only, so the password guards against mistakes and not against people. */
const PASSWORD = 'tidemark'

/** Milliseconds for a start, which includes crash recovery after a kill. */
const START_DEADLINE_MS = 120_000

/** Milliseconds until a fast shutdown that hangs is turned into a kill. */
const STOP_DEADLINE_MS = 10_000

/** Milliseconds between attempts while the children of a killed server still hold its memory. */
const RETRY_MS = 100

/**
 * Starts Postgres on a data directory, creating it at first use. The same directory and port may be
 * started again after `stop` or `kill`. Throws when it does not come up, with the server's last words.
 *
 * @param options.settings of the server, as `name=value`
 */
export async function startPostgres(options: {
  dataDir: string
  port?: number
  settings?: readonly string[]
}): Promise<LocalPostgres> {
  const dataDir = resolve(options.dataDir)
  if (!existsSync(join(dataDir, 'PG_VERSION'))) await createCluster(dataDir)
  const port = options.port ?? (await freePort())
  const deadline = Date.now() + START_DEADLINE_MS
  for (;;) {
    const started = await launch(dataDir, port, options.settings)
    if ('child' in started) return describe(started.child, port)
    if (!started.log.includes('pre-existing shared memory block') || Date.now() > deadline) {
      throw new Error(`Postgres did not start on port ${port}:\n${started.log}`)
    }
    await new Promise((done) => setTimeout(done, RETRY_MS))
  }
}

async function createCluster(dataDir: string): Promise<void> {
  // What an interrupted first start left behind cannot be used.
  await rm(dataDir, { recursive: true, force: true })
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  await giveAway(dataDir)
  const passwordFile = `${dataDir}.password`
  await writeFile(passwordFile, PASSWORD, { mode: 0o644 })
  // The built-in locale gives the same order of texts on every platform, and the same as on Neon.
  const locale = ['--encoding=UTF8', '--no-locale', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  const access = ['--username=postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`]
  const child = spawnUnprivileged(findBinaries().initdb, ['-D', dataDir, ...access, ...locale])
  const log = collect(child)
  const code = await ended(child)
  await rm(passwordFile)
  if (code === 0) return
  await rm(dataDir, { recursive: true, force: true })
  throw new Error(`Postgres could not create its data in ${dataDir}:\n${log.text()}`)
}

async function launch(
  dataDir: string,
  port: number,
  wished: readonly string[] = [],
): Promise<{ child: ChildProcess } | { log: string }> {
  const usual = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'logging_collector=off']
  const settings = [...usual, ...wished].flatMap((setting) => ['-c', setting])
  const flags = ['-D', dataDir, '-p', String(port), ...settings]
  const child = spawnUnprivileged(findBinaries().postgres, flags)
  const log = collect(child)
  const ready = new Promise<'ready'>((done) => log.when('ready to accept connections', () => done('ready')))
  const late = new Promise<'late'>((done) => setTimeout(done, START_DEADLINE_MS, 'late').unref())
  const outcome = await Promise.race([ready, ended(child), late])
  if (outcome === 'ready') return { child }
  if (outcome === 'late') child.kill('SIGKILL')
  return { log: log.text() }
}

function describe(child: ChildProcess, port: number): LocalPostgres {
  const pid = child.pid
  if (pid === undefined) throw new Error('a started Postgres has a process id')
  const gone = ended(child)
  // Without this, leaving Node without `stop` would leave the server behind.
  const onExit = () => void child.kill('SIGINT')
  process.once('exit', onExit)
  void gone.then(() => process.off('exit', onExit))
  return {
    connectionString: `postgresql://postgres:${PASSWORD}@127.0.0.1:${port}/postgres`,
    port,
    pid,
    gone,
    async stop() {
      child.kill('SIGINT')
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS)
      await gone
      clearTimeout(timer)
    },
    async kill() {
      child.kill('SIGKILL')
      await gone
    },
  }
}

/** The exit code, or null after a signal. Also resolves for a process that could not be started. */
function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode)
  return new Promise((done) => {
    child.once('exit', done)
    child.once('error', () => done(null))
  })
}

/** Keeps the last words of a process, and watches for some of them. */
function collect(child: ChildProcess) {
  const KEPT_CHARACTERS = 4_000
  let text = ''
  const watched: { words: string; then: () => void }[] = []
  const take = (chunk: unknown) => {
    text = (text + String(chunk)).slice(-KEPT_CHARACTERS)
    for (const { words, then } of watched) if (text.includes(words)) then()
  }
  child.stdout?.on('data', take)
  child.stderr?.on('data', take)
  child.once('error', (error) => take(error.message))
  return {
    text: () => text.trim(),
    when(words: string, then: () => void) {
      watched.push({ words, then })
    },
  }
}
