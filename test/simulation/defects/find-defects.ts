import { spawn } from 'node:child_process'
import process from 'node:process'
import type { Defect } from './defect.ts'
import { DEFECTS } from './defects.ts'

/** Runs that a defect has to show itself in. */
const RUNS = 800

/** Milliseconds after which a simulation hangs. What it does is bounded by counts. */
const HANG_MS = 3_600_000

/** What became of one planted defect, how long that took in ms, and what its simulation told. */
export type Found = {
  readonly name: string
  readonly isFound: boolean
  readonly ms: number
  readonly told: string
}

/**
 * Plants each defect in a process of its own and simulates until something is violated.
 *
 * @param options.defects those to be planted; all when left out
 * @param options.atOnce how many processes run side by side
 */
export async function findDefects(
  report: (found: Found, done: number) => void = () => {},
  { defects = DEFECTS, atOnce = 1 }: { defects?: readonly Defect[]; atOnce?: number } = {},
): Promise<Found[]> {
  const all: Found[] = []
  const waiting = [...defects]
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const found = await find(next.name, ['--runs', String(RUNS), '--no-shrink'])
      all.push(found)
      report(found, all.length)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return all
}

/** Plants one defect, and simulates with options as on the command line. */
export async function find(name: string, options: readonly string[]): Promise<Found> {
  const plant = ['--disable-warning=ExperimentalWarning', '--import', './test/simulation/defects/plant.ts']
  const begun = performance.now()
  const child = spawn(process.execPath, [...plant, 'test/simulation/campaign/simulate.ts', ...options], {
    env: { ...process.env, PLANTED_DEFECT: name },
    timeout: HANG_MS,
    killSignal: 'SIGKILL',
  })
  const told: string[] = []
  child.stdout.on('data', (data) => told.push(String(data)))
  child.stderr.on('data', (data) => told.push(String(data)))
  const code = await new Promise<number | null>((resolve) => void child.on('close', resolve))
  // 1 is a violation; 2 is something that is wrong with the plan or the defect itself.
  return { name, isFound: code === 1, ms: Math.round(performance.now() - begun), told: told.join('') }
}
