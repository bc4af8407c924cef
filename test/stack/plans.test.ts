import process from 'node:process'
import { expect, it } from 'vitest'
import { addCounts, noCounts, tellCounts } from '../simulation/judge.ts'
import { drawPlan } from '../simulation/plan.ts'
import { fastClock } from '../simulation/real/clock.ts'
import { Processes } from '../simulation/real/processes.ts'
import { RealWorld } from '../simulation/real/real-world.ts'
import { startFaultEndpoint } from '../support/fault-endpoint.ts'
import { Random } from '../support/random.ts'
import { startStack } from '../support/stack.ts'

const SEEDS = 8
const OPERATIONS = 400

/** How many times faster than real time people and their links are. */
const SPEED = 10

it('SIM-8 the same plans hold on real processes that are killed and stopped', async () => {
  await using faults = await startFaultEndpoint()
  await using stack = await startStack({ faults })
  const ground = new Processes(stack, faults)
  let [operations, edits, checks] = [0, 0, noCounts()]
  for (let seed = 1; seed <= SEEDS; seed++) {
    const drawn = drawPlan(seed, OPERATIONS)
    // What both sides lose has tests of its own; tokens are of real time.
    const rates = { ...drawn.rates, wiped: 0, restored: 0 }
    const plan = { ...drawn, rates, tokenMs: Number.MAX_SAFE_INTEGER }
    ground.loseCalls(rates, new Random(seed))
    const world = new RealWorld(plan, { ground, clock: fastClock(SPEED), name: `s${seed}` })
    const report = await world.run()
    expect(report.violations).toEqual([])
    operations += report.operations
    edits += report.edits
    checks = addCounts(checks, report.checks)
  }
  const { workerKills, stops, postgresKills } = ground.struck
  const { counts } = faults
  const struck = `${workerKills} kills of the Worker, ${stops} stops, ${postgresKills} kills of Postgres`
  process.stdout.write(
    `processes: ${SEEDS} plans, ${operations} operations, ${edits} edits, ${struck}, ${JSON.stringify(counts)}: 0 violations\n`,
  )
  process.stdout.write(`processes: checked ${tellCounts(checks)}\n`)
})
