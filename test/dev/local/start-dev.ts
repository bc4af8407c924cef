import { spawn } from 'node:child_process'
import process from 'node:process'
import { until } from '../../../dev/harness/until.ts'
import { listProcesses } from '../../../dev/processes.ts'

/** `npm run dev` in a process of its own. */
export type Dev = {
  readonly pid: number
  /** What it has said so far. */
  text(): string
  /** Waits until it has said so. Throws with all that it said when it ends before. */
  says(words: string): Promise<string>
  kill(signal: NodeJS.Signals): void
  /** Its exit code, or null after a signal. */
  readonly ended: Promise<number | null>
}

/** Starts it with a state folder of its own, so that the developer's is left alone. */
export function startDev(state: string, args: readonly string[], databaseUrl = ''): Dev {
  const child = spawn(process.execPath, ['src/cli/main.ts', 'dev', ...args], {
    env: { ...process.env, TIDEMARK_STATE: state, DATABASE_URL: databaseUrl },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  let hasEnded = false
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data) => {
      said += String(data)
    })
  const ended = new Promise<number | null>((resolve) => {
    child.on('close', (code) => {
      hasEnded = true
      resolve(code)
    })
  })
  const { pid } = child
  if (pid === undefined) throw new Error('it was not started')
  return {
    pid,
    ended,
    text: () => said,
    kill: (signal) => void child.kill(signal),
    says: (words) =>
      until(`it says "${words}"`, () => {
        if (said.includes(words)) return said
        if (hasEnded) throw new Error(`it ended, and had said:\n${said}`)
        return undefined
      }),
  }
}

/** Workers on that port and databases in that folder, by process id. */
export function left(state: string, port: number): { workers: number[]; databases: number[] } {
  const pids = (words: string) =>
    listProcesses()
      .filter(({ command, pid }) => command.includes(words) && pid !== process.pid)
      .map(({ pid }) => pid)
  return { workers: pids(`=entry=127.0.0.1:${port} `), databases: pids(`-D ${state}/postgres `) }
}
