import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import process from 'node:process'
import * as v from 'valibot'
import { isPortFree } from './free-port.ts'
import { findListener } from './listener.ts'
import type { Options } from './options.ts'
import { endProcess, isRunning, listProcesses, processOf, processSchema } from './processes.ts'
import { POSTGRES_FOLDER, removeStackFile, STATE_FOLDER } from './stack-file.ts'
import { UsageError } from './usage-error.ts'

/** Who uses the state folder, and the port that its Worker has or will have. Written before anything is started. */
const FILE = join(STATE_FOLDER, 'owner.json')

const ownerSchema = v.object({ stack: processSchema, port: v.number() })

/** Milliseconds for a Worker that was left behind to end; its objects lose nothing by a kill. */
const WORKER_PATIENCE_MS = 3_000

/** Milliseconds for a Postgres that was left behind to write its last checkpoint. */
const POSTGRES_PATIENCE_MS = 10_000

/**
 * Makes sure that nobody else uses the state folder and the port. Ends what a start that was killed has left
 * behind, and nothing else: who has the port then is named.
 *
 * @returns how to give the folder back
 */
export async function claimState(
  { port, fresh }: Options,
  report: (line: string) => void,
): Promise<() => Promise<void>> {
  const owner = await readOwner()
  if (owner && isRunning(owner.stack)) throw alreadyRunning(owner)
  if (owner) await endWorkers(owner.port, report)
  await endPostgres(report)
  if (!(await isPortFree(port))) throw await taken(port)
  if (fresh) await rm(STATE_FOLDER, { recursive: true, force: true })
  await mkdir(STATE_FOLDER, { recursive: true })
  await rm(FILE, { force: true })
  const self = processOf(process.pid)
  if (!self) throw new Error('the system does not list this process')
  try {
    await writeFile(FILE, JSON.stringify({ stack: self, port }), { flag: 'wx' })
  } catch (error) {
    // Two that start at once have both found no owner.
    const other = await readOwner()
    throw other ? alreadyRunning(other) : error
  }
  return async () => {
    await removeStackFile()
    await rm(FILE, { force: true })
  }
}

async function readOwner(): Promise<v.InferOutput<typeof ownerSchema> | undefined> {
  const text = await readFile(FILE, 'utf8').catch(() => '')
  const read = v.safeParse(v.pipe(v.string(), v.parseJson(), ownerSchema), text)
  return read.success ? read.output : undefined
}

function alreadyRunning({ stack, port }: v.InferOutput<typeof ownerSchema>): UsageError {
  return new UsageError(
    `The local stack is running already, on port ${port}. Stop it first: Ctrl-C where it runs, or: kill ${stack.pid}`,
  )
}

/** A Worker outlives its parent when that is killed, and is put in place again when it is killed itself. */
async function endWorkers(port: number, report: (line: string) => void): Promise<void> {
  const all = listProcesses()
  const left = all.filter(
    ({ command, parent }) =>
      command.startsWith(workerd()) &&
      command.includes(`127.0.0.1:${port} `) &&
      // One whose parent lives is at work for somebody.
      !all.some(({ pid, command: of }) => pid === parent && /\bnode\b/.test(of)),
  )
  for (const { pid } of left) {
    const running = processOf(pid)
    if (!running) continue
    report(`Ending the Worker that an earlier start left behind (process ${pid})`)
    await endProcess(running, 'SIGTERM', WORKER_PATIENCE_MS)
  }
}

/** The program that the Worker runs in here, as it stands in a command line. */
function workerd(): string {
  const ofMiniflare = createRequire(createRequire(import.meta.url).resolve('miniflare'))
  return v.parse(v.object({ default: v.string() }), ofMiniflare('workerd')).default
}

/** Postgres keeps a file of its own process id, which may be another's by now: the command line tells. */
async function endPostgres(report: (line: string) => void): Promise<void> {
  const kept = await readFile(join(POSTGRES_FOLDER, 'postmaster.pid'), 'utf8').catch(() => '')
  const pid = Number(kept.split('\n')[0])
  const left = listProcesses().find((listed) => listed.pid === pid)
  const running = left?.command.includes(`-D ${POSTGRES_FOLDER} `) ? processOf(pid) : undefined
  if (!running) return
  report(`Ending the Postgres that an earlier start left behind (process ${pid})`)
  await endProcess(running, 'SIGINT', POSTGRES_PATIENCE_MS)
}

async function taken(port: number): Promise<UsageError> {
  const listener = findListener(port)
  const by = listener ? ` by process ${listener.pid} (${shortened(listener.command)})` : ''
  const other = await nextFree(port)
  return new UsageError(`Port ${port} is taken${by}. End it, or choose another: tidemark dev --port ${other}`)
}

/** Characters of a command line that tell what it is. */
const SHOWN_CHARACTERS = 80

const shortened = (command: string) =>
  command.length > SHOWN_CHARACTERS ? `${command.slice(0, SHOWN_CHARACTERS)} ...` : command

const LAST_PORT = 65_535
const FIRST_PORT = 1_024

async function nextFree(port: number): Promise<number> {
  let next = port
  do next = next >= LAST_PORT ? FIRST_PORT : next + 1
  while (next !== port && !(await isPortFree(next)))
  return next
}
