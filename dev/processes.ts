import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import process from 'node:process'
import * as v from 'valibot'

/** A process that is not mistaken for a later one of the same id: `since` is when it began, in the system's form. */
export const processSchema = v.object({ pid: v.number(), since: v.string() })

export type Process = v.InferOutput<typeof processSchema>

type Listed = { readonly pid: number; readonly parent: number; readonly command: string }

/** Milliseconds between two looks at a process that is to end. */
const POLL_MS = 50

/** The process of this id, or undefined when there is none, or only what its parent has not fetched yet. */
export function processOf(pid: number): Process | undefined {
  const since = process.platform === 'linux' ? sinceByProc(pid) : sinceByPs(pid)
  return since === undefined ? undefined : { pid, since }
}

export function isRunning({ pid, since }: Process): boolean {
  return processOf(pid)?.since === since
}

/** Every process with its command line, as `ps` has it. */
export function listProcesses(): Listed[] {
  const table = execFileSync('ps', ['-A', '-ww', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
  return table.split('\n').flatMap((line) => {
    const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? []
    return command === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), command }]
  })
}

/** Asks a process to end, and kills it when it has not after so many milliseconds. Resolves once it is gone. */
export async function endProcess(ended: Process, wish: NodeJS.Signals, patienceMs: number): Promise<void> {
  send(ended, wish)
  const deadline = performance.now() + patienceMs
  while (isRunning(ended)) {
    if (performance.now() > deadline) send(ended, 'SIGKILL')
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

function send(to: Process, name: NodeJS.Signals): void {
  if (!isRunning(to)) return
  try {
    process.kill(to.pid, name)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** Clock ticks since the boot, which is named as well: ids and ticks come again after the next one. */
function sinceByProc(pid: number): string | undefined {
  try {
    // The name of the program, in brackets, may have anything in it.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
    const [state, ticks] = [fields[0], fields[19]]
    if (state === 'Z' || ticks === undefined) return undefined
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${ticks}`
  } catch {
    return undefined
  }
}

function sinceByPs(pid: number): string | undefined {
  try {
    const env = { ...process.env, LC_ALL: 'C' }
    const told = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8', env })
    const [, state = 'Z', since] = /^(\S+)\s+(.+)$/.exec(told.trim()) ?? []
    return state.startsWith('Z') ? undefined : since
  } catch {
    return undefined
  }
}
