import { execFile, execFileSync } from 'node:child_process'
import process from 'node:process'
import { promisify } from 'node:util'

/** A process and its children, by id. */
export function processTree(root: number): number[] {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
  const children = table.split('\n').flatMap((line) => {
    const [pid, parent] = line.trim().split(/\s+/).map(Number)
    return parent === root && pid !== undefined ? [pid] : []
  })
  return [root, ...children]
}

/** Sends a signal to a process, which may have ended by itself meanwhile. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** Resident memory of processes in MiB, together. Does not block: whoever measures also works. */
export async function residentMiB(pids: readonly number[]): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', pids.join()])
  return stdout.split('\n').reduce((sum, line) => sum + Number(line.trim()), 0) / 1024
}
