import { spawn } from 'node:child_process'
import process from 'node:process'
import type { Defect } from './defect.ts'
import { DEFECTS } from './defects.ts'

/** Runs that a defect has to show itself in. */
const RUNS = 800

/** How a simulation ends that found a violation; 2 is something wrong with the plan or the defect itself. */
export const VIOLATED = 1

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
      const found = await find(next)
      all.push(found)
      report(found, all.length)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return all
}

/**
 * Plants one defect and simulates until something is violated. Where that is in plans which the proof has not run as
 * they are, the same plan has to hold without the defect.
 */
async function find({ name, needs }: Defect): Promise<Found> {
  const begun = performance.now()
  const always = needs.length > 0 ? ['--always', needs.join(',')] : []
  const planted = await simulate([...always, '--runs', String(RUNS), '--no-shrink'], name)
  const told = () => ({ name, ms: Math.round(performance.now() - begun), told: planted.told })
  if (planted.code !== VIOLATED || needs.length === 0)
    return { ...told(), isFound: planted.code === VIOLATED }
  const [, seed = ''] = /^seed (\d+) /m.exec(planted.told) ?? []
  const sound = await simulate([...always, '--seed', seed, '--runs', '1', '--no-shrink'])
  return { ...told(), isFound: sound.code === 0 }
}

/** Simulates with options as on the command line: the product as it is, or with a defect. */
export async function simulate(
  options: readonly string[],
  planted?: string,
): Promise<{ code: number | null; told: string }> {
  const plant = planted === undefined ? [] : ['--import', './test/simulation/defects/plant.ts']
  const script = [...plant, 'test/simulation/campaign/simulate.ts', ...options]
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...script], {
    env: { ...process.env, ...(planted !== undefined && { PLANTED_DEFECT: planted }) },
    timeout: HANG_MS,
    killSignal: 'SIGKILL',
  })
  const told: string[] = []
  child.stdout.on('data', (data) => told.push(String(data)))
  child.stderr.on('data', (data) => told.push(String(data)))
  const code = await new Promise<number | null>((resolve) => void child.on('close', resolve))
  return { code, told: told.join('') }
}
