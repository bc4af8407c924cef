import { beforeAll, expect, it } from 'vitest'
import { drawPlan, type Plan, type Rates } from './plan.ts'
import { drawScript } from './script.ts'
import { MANY_EDITS, MAX_CALLS, MAX_GROWTH, type Work, WorkCounter } from './work.ts'

/** Edits of a round. */
const EDITS = 100

/** A script in which most edits come to something. */
const SEED = 2

/** Milliseconds from one round to the next. */
const ROUND_MS = 60_000

const counter = new WorkCounter()

// The product is imported by the first round.
beforeAll(async () => {
  await counter.start()
  await rounds(1)
  return () => counter.stop()
})

/**
 * What it takes that four people do the same again and again, and nothing fails. What is there before a round is what
 * was there before the last one, so each has as much to do.
 */
async function rounds(count: number): Promise<Work> {
  const { World } = await import('../world/world.ts')
  const plan = calmPlan(EDITS)
  const round = drawScript(plan)
  const script = Array.from({ length: count }, (_, index) =>
    round.map((happening) => ({ ...happening, at: happening.at + index * ROUND_MS })),
  ).flat()
  const world = new World({ ...plan, operations: script.length }, script)
  return counter.during(() => world.run())
}

/** What an edit takes in the rounds between. */
async function workBetween(before: number, after: number): Promise<Work> {
  const [less, more] = [await rounds(before), await rounds(after)]
  const edits = (after - before) * EDITS
  return { calls: (more.calls - less.calls) / edits, passed: (more.passed - less.passed) / edits }
}

function calmPlan(operations: number): Plan {
  const drawn = drawPlan(SEED, operations)
  const rates: Rates = { ...drawn.rates }
  for (const name of Object.keys(rates)) Object.assign(rates, { [name]: 0 })
  const always = { latencyMs: [5, 5], callMs: [5, 5], tokenMs: Number.MAX_SAFE_INTEGER } as const
  return { ...drawn, ...always, rates, tenants: 1, clients: 4, records: 6 }
}

// With a loop over the log in each turn it is 1.37 times as much. The rounds before the early ones are not counted: in
// the first most edits come to nothing, for want of records, and until the fourth one takes up to a fifth more than
// later ones do, under which growth could hide.
it('SPD-4 an edit takes a bounded number of calls, and hardly more work after many others', async () => {
  const early = await workBetween(4, 6)
  const late = await workBetween(MANY_EDITS / EDITS, MANY_EDITS / EDITS + 2)
  expect(early.calls).toBeLessThan(MAX_CALLS)
  expect(late.calls).toBeLessThan(MAX_CALLS)
  expect(late.passed / early.passed).toBeLessThan(MAX_GROWTH)
})
