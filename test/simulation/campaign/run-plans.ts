import { Coverage } from '../judge/coverage.ts'
import { addCounts, type Counts, noCounts, tellCounts } from '../judge/judge.ts'
import { World } from '../world/world.ts'
import { drawPlan, type Plan } from './plan.ts'
import type { Failure } from './shrink.ts'

/** What many runs came to. */
export type Sum = {
  readonly runs: number
  readonly operations: number
  readonly events: number
  readonly crashes: number
  readonly wakes: number
  readonly checks: Counts
  readonly coverage: Coverage
  readonly failures: readonly Failure[]
  /** Of the last run. */
  readonly trace: string
}

export function nothing(): Sum {
  const coverage = new Coverage()
  return {
    runs: 0,
    operations: 0,
    events: 0,
    crashes: 0,
    wakes: 0,
    checks: noCounts(),
    coverage,
    failures: [],
    trace: '',
  }
}

/** The plans of so many seeds. */
export function plansOf({
  seed,
  runs,
  operations,
}: {
  seed: number
  runs: number
  operations: number
}): Plan[] {
  return Array.from({ length: runs }, (_, i) => drawPlan(seed + i, operations))
}

/**
 * Runs plans one after another, and adds them up.
 *
 * @param goesOn is asked after every run, with the sum so far; all plans are run when it is left out
 */
export async function runPlans(
  plans: Iterable<Plan>,
  goesOn: (sum: Sum) => boolean = () => true,
): Promise<Sum> {
  let sum = nothing()
  for (const plan of plans) {
    sum = await addRun(sum, plan)
    if (!goesOn(sum)) break
  }
  return sum
}

/** Runs one plan, and adds it to what there was. */
export async function addRun(sum: Sum, plan: Plan): Promise<Sum> {
  const { operations, events, crashes, wakes, checks, coverage, violations, trace } = await new World(
    plan,
  ).run()
  coverage.add(sum.coverage)
  const failures = violations.slice(0, 1).map((violation) => ({ plan, violation }))
  return {
    runs: sum.runs + 1,
    operations: sum.operations + operations,
    events: sum.events + events,
    crashes: sum.crashes + crashes,
    wakes: sum.wakes + wakes,
    checks: addCounts(sum.checks, checks),
    coverage,
    failures: [...sum.failures, ...failures],
    trace,
  }
}

/** What it came to, in one line. */
export function tellRuns(sum: Sum, violations = sum.failures.length): string {
  const { runs, operations, events, crashes, wakes } = sum
  const done = `${inWords(runs)} runs, ${inWords(operations)} operations, ${inWords(events)} events`
  return `${done}, ${inWords(crashes)} crashes, ${inWords(wakes)} wakes: ${violations} violations`
}

/** All that it came to, line by line. */
export function tellSum(sum: Sum, violations = sum.failures.length): string[] {
  return [tellRuns(sum, violations), `checked ${tellCounts(sum.checks)}`, sum.coverage.tell()]
}

const inWords = (count: number) => count.toLocaleString('en')
