import { spawn } from 'node:child_process'
import process from 'node:process'
import { DEFECTS } from './defects.ts'

/** Runs that a defect has to show itself in. */
const RUNS = 800

/** What became of one planted defect, and what its simulation told. */
export type Found = { readonly name: string; readonly isFound: boolean; readonly told: string }

/** Plants each defect in a process of its own and simulates until something is violated. */
export async function findDefects(report: (found: Found) => void = () => {}): Promise<Found[]> {
  const all: Found[] = []
  for (const planted of DEFECTS) {
    const found = await find(planted.name, ['--runs', String(RUNS), '--no-shrink'])
    report(found)
    all.push(found)
  }
  return all
}

/** Plants one defect, and simulates with options as on the command line. */
export async function find(name: string, options: readonly string[]): Promise<Found> {
  const plant = ['--disable-warning=ExperimentalWarning', '--import', './test/simulation/plant.ts']
  const child = spawn(process.execPath, [...plant, 'test/simulation/simulate.ts', ...options], {
    env: { ...process.env, PLANTED_DEFECT: name },
  })
  const told: string[] = []
  child.stdout.on('data', (data) => told.push(String(data)))
  child.stderr.on('data', (data) => told.push(String(data)))
  const code = await new Promise<number | null>((resolve) => void child.on('close', resolve))
  // 1 is a violation; 2 is something that is wrong with the plan or the defect itself.
  return { name, isFound: code === 1, told: told.join('') }
}
