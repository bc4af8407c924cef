import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import process from 'node:process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { find } from '../defects/find-defects.ts'
import table from '../faults-and-steps.json' with { type: 'json' }
import { World } from '../world/world.ts'
import { drawPlan, type Plan, type Rates } from './plan.ts'
import { plansOf, runPlans, tellSum } from './run-plans.ts'
import { drawScript } from './script.ts'

const run = promisify(execFile)

const SEEDS = 150
const OPERATIONS = 400

/** Happenings to which a failure is reduced. */
const FEW = 20

// A part of the seeds; `npm run proof` has the rest.
it('SIM-1 whatever fails, everybody ends with what the log says, and every edit with one outcome', async () => {
  const sum = await runPlans(plansOf({ seed: 1, runs: SEEDS, operations: OPERATIONS }))
  for (const line of tellSum(sum)) process.stdout.write(`simulated: ${line}\n`)
  expect(sum.failures).toEqual([])
  expect(sum.operations).toBeGreaterThanOrEqual(SEEDS * OPERATIONS)
  expect(Object.entries(sum.checks).filter(([, count]) => count === 0)).toEqual([])
  expect(sum.coverage.impossible).toEqual([])
})

it('SIM-2 the same seed gives the same run, in another process too', async () => {
  const args = ['test/simulation/campaign/simulate.ts', '--seed', '7', '--runs', '1']
  const [first, second] = await Promise.all([run(process.execPath, args), run(process.execPath, args)])
  const [, trace] = /^trace (\w+)$/m.exec(first.stdout) ?? []
  expect(second.stdout).toContain(`trace ${trace}`)
  expect((await new World(drawPlan(7, OPERATIONS)).run()).trace).toBe(trace)
})

it('SIM-5 what the simulator has no fault for is struck elsewhere, under a rule', async () => {
  const spec = await readFile('SPEC.md', 'utf8')
  const strangers = Object.values(table.elsewhere).filter((rule) => !spec.includes(`**${rule}**`))
  expect(strangers).toEqual([])
})

it('SIM-6 a failure is told with the command that repeats it, reduced to few happenings', async () => {
  const { told } = await find('marks are not stored', ['--runs', '50'])
  const [, text = ''] = /smaller.*--plan '(.*)'/s.exec(told) ?? []
  const plan: Plan = JSON.parse(text)
  expect(told).toMatch(/^seed \d+ at \w+ fails/m)
  expect(drawScript(plan).length).toBeLessThanOrEqual(FEW)
  const again = await find('marks are not stored', ['--plan', text])
  expect(again).toMatchObject({ isFound: true })
})

/** What plans have at the edges, and the clauses that it puts to the test. */
const EDGES: Partial<Rates> = {
  throwing: 0.3,
  limits: 0.5,
  siblings: 0.5,
  moved: 0.01,
  odd: 0.1,
  poisoned: 0.5,
  shared: 0.03,
}
const EDGE_CLAUSES = ['SIB', 'CLU', 'IDS', 'ASD', 'OWN', 'QRY', 'LSN'] as const

it('SIM-12 what is at the edges is judged where a plan has it, and counts for nothing where it has not', async () => {
  const counts = async (edges: Partial<Rates>) => {
    const plans = plansOf({ seed: 1, runs: 12, operations: OPERATIONS }).map((plan): Plan => {
      const rates = { ...plan.rates, external: 0.3, nudge: 0.5, ask: 0.1, ...edges }
      return { ...plan, rates }
    })
    const { checks, failures } = await runPlans(plans)
    expect(failures).toEqual([])
    return EDGE_CLAUSES.map((clause) => checks[clause] > 0)
  }
  const none = Object.fromEntries(Object.keys(EDGES).map((name) => [name, 0]))
  expect(await counts(EDGES)).toEqual(EDGE_CLAUSES.map(() => true))
  expect(await counts(none)).toEqual(EDGE_CLAUSES.map(() => false))
})
