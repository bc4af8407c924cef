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
})

/** How often blocks of the product's code run while four people make so many edits and nothing fails. */
async function stepsOf(edits: number): Promise<number> {
  const { World } = await import('../world/world.ts')
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

// Seen: 1,921 steps for an edit, and 1.31 times as many after 1,600 others; 1.64 times with a loop over the log in
// each turn. What is counted does not depend on how busy a machine is, so the bounds can be near.
it('SPD-4 an edit takes a bounded number of steps, and hardly more after many others', async () => {
  const early = (await stepsOf(200)) / 200
  expect(early).toBeLessThan(2_400)
  expect((await stepsOf(1_600)) / 1_600 / early).toBeLessThan(1.45)
})
