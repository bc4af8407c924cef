import { Session } from 'node:inspector/promises'
import { beforeAll, expect, it } from 'vitest'
import { drawPlan, type Plan, type Rates } from './plan.ts'

/** Files whose work is counted: what is deployed, and what is embedded. */
const COUNTED = /\/(?:src|client\/src)\/[^?]+\.ts/

const session = new Session()

// Code that was compiled before is counted by function and not by block, so the rest is imported later.
beforeAll(async () => {
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  await stepsOf(50)
  return () => session.disconnect()
}, 60_000)

/** How often blocks of the product's code run while four people make so many edits and nothing fails. */
async function stepsOf(edits: number): Promise<number> {
  const { World } = await import('./world.ts')
  const world = new World(calmPlan(edits))
  await session.post('Profiler.takePreciseCoverage')
  await world.run()
  const { result } = await session.post('Profiler.takePreciseCoverage')
  return result
    .filter(({ url }) => COUNTED.test(url) && !url.includes('/node_modules/'))
    .flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges))
    .reduce((sum, { count }) => sum + count, 0)
}

function calmPlan(operations: number): Plan {
  const drawn = drawPlan(1, operations)
  const rates: Rates = { ...drawn.rates }
  for (const name of Object.keys(rates)) Object.assign(rates, { [name]: 0 })
  return { ...drawn, rates, tenants: 1, clients: 4, records: 6, tokenMs: Number.MAX_SAFE_INTEGER }
}

// What is counted is the same whenever this file runs, so the bounds can be near: a mistake that makes an edit
// take half as much again is found on any machine, and one that makes it grow with the edits before it.
it('SPD-4 an edit takes a bounded number of steps, and hardly more after many others', async () => {
  const steps = await stepsOf(200)
  expect(steps / 200).toBeLessThan(2_400)
  expect((await stepsOf(400)) / steps).toBeLessThan(2.6)
}, 60_000)
