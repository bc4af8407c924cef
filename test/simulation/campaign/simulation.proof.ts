import { expect, it } from 'vitest'
import { progressOf } from '../../support/progress.ts'
import { alwaysWith, BROWSER_FAULTS } from './plan.ts'
import { plansOf, runPlans, tellSum } from './run-plans.ts'
import { tellFailure } from './tell-failure.ts'

const SEEDS = 1_300
const OPERATIONS = 400

it('SIM-1 SIM-5 whatever fails, everybody ends with what the log says, and every edit with one outcome', async (context) => {
  const progress = progressOf(context, 'seeds')
  const sum = await runPlans(plansOf({ seed: 1, runs: SEEDS, operations: OPERATIONS }), ({ runs }) => {
    progress(runs, SEEDS)
    return true
  })
  for (const line of tellSum(sum)) await context.annotate(line)
  for (const failure of sum.failures) await context.annotate(tellFailure(failure, 'fails'))
  expect(sum.failures).toEqual([])
  expect(sum.operations).toBeGreaterThanOrEqual(500_000)
  expect(Object.entries(sum.checks).filter(([clause, count]) => count === 0 && clause !== 'TAB')).toEqual([])
  const { missed, impossible } = sum.coverage
  expect({ missed, impossible }).toEqual({ missed: [], impossible: [] })
})

const DISKS = { seed: 3_000, runs: 20, operations: OPERATIONS }

it('SIM-13 whatever fails of disks at once, what was saved comes to one outcome', async () => {
  const sum = await runPlans(
    plansOf(DISKS).map((plan) => alwaysWith(plan, new Set(['onDisk', ...BROWSER_FAULTS]))),
  )
  expect(sum.failures).toEqual([])
  expect(sum.checks.G15).toBeGreaterThan(1_000)
})
