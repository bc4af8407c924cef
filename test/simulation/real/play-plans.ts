import { drawPlan, type Plan, type Rates } from '../campaign/plan.ts'
import { addCounts, type Counts, noCounts, tellCounts } from '../judge/judge.ts'
import { fastClock } from './clock.ts'
import type { Ground } from './ground.ts'
import { RealWorld } from './real-world.ts'

/** What several plans came to. */
export type Played = {
  readonly plans: number
  readonly operations: number
  readonly edits: number
  readonly checks: Counts
  readonly violations: readonly string[]
}

const NOTHING: Played = { plans: 0, operations: 0, edits: 0, checks: noCounts(), violations: [] }

/**
 * Plays the plans of seeds 1, 2, 3 ... on real parts, to the first violation.
 *
 * @param speed how many times faster than real time people and their links are
 * @param rates what happens more often than the plan says, or not at all
 * @param nameOf is put before the tenants of a plan
 * @param goesOn is asked before each plan
 */
export async function playPlans({
  ground,
  operations,
  speed,
  rates = {},
  nameOf,
  goesOn,
}: {
  readonly ground: Ground
  readonly operations: number
  readonly speed: number
  readonly rates?: Partial<Rates>
  readonly nameOf: (plan: Plan) => string
  readonly goesOn: (played: Played) => boolean
}): Promise<Played> {
  let played = NOTHING
  while (played.violations.length === 0 && goesOn(played)) {
    const drawn = drawPlan(played.plans + 1, operations)
    // What both sides lose has tests of its own, and tokens are of real time.
    const kept = { ...drawn.rates, wiped: 0, restored: 0, moved: 0, shared: 0, ...rates }
    const plan = { ...drawn, rates: kept, tokenMs: Number.MAX_SAFE_INTEGER }
    const report = await new RealWorld(plan, { ground, clock: fastClock(speed), name: nameOf(plan) }).run()
    played = {
      plans: played.plans + 1,
      operations: played.operations + report.operations,
      edits: played.edits + report.edits,
      checks: addCounts(played.checks, report.checks),
      violations: report.violations,
    }
  }
  return played
}

/** What it came to, line by line. */
export function tellPlayed(
  { plans, operations, edits, checks, violations }: Played,
  struck: string,
): string[] {
  const done = `${plans} plans, ${operations} operations, ${edits} edits in the logs`
  return [`${done}, ${struck}: ${violations.length} violations`, `checked ${tellCounts(checks)}`]
}
