import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { drawPlan } from './plan.ts'
import { World } from './world.ts'

const run = promisify(execFile)

const SEEDS = 1_300
const OPERATIONS = 400

it('SIM-1 whatever fails, everybody ends with what the log says, and every edit with one outcome', async () => {
  let operations = 0
  const violations: string[] = []
  for (let seed = 1; seed <= SEEDS; seed++) {
    const report = await new World(drawPlan(seed, OPERATIONS)).run()
    operations += report.operations
    violations.push(...report.violations.map((violation) => `seed ${seed}: ${violation}`))
  }
  expect(violations).toEqual([])
  expect(operations).toBeGreaterThanOrEqual(500_000)
}, 900_000)

it('SIM-2 the same seed gives the same run, in another process too', async () => {
  const args = ['test/simulation/simulate.ts', '--seed', '7', '--runs', '1']
  const [first, second] = await Promise.all([run(process.execPath, args), run(process.execPath, args)])
  const [, trace] = /^trace (\w+)$/m.exec(first.stdout) ?? []
  expect(second.stdout).toContain(`trace ${trace}`)
  expect((await new World(drawPlan(7, OPERATIONS)).run()).trace).toBe(trace)
}, 60_000)
