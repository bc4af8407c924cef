import { World } from '../world/world.ts'
import { type Plan, RATE_NAMES } from './plan.ts'
import { drawScript } from './script.ts'

/** Seeds that are tried for each smaller plan: another course may fail where the first one did not. */
const SEEDS = 40

/** Operations of the smallest plans that are tried. */
const SIZES = [3, 5, 8, 12, 20, 40, 80, 160]

/** A plan that fails, and how. */
export type Failure = { readonly plan: Plan; readonly violation: string }

/** Runs a plan; undefined when nothing was violated. */
export async function fails(plan: Plan): Promise<Failure | undefined> {
  const [violation] = (await new World(plan).run()).violations
  return violation === undefined ? undefined : { plan, violation }
}

/**
 * Looks for a smaller plan that fails as well: without a feature, a tenant, or a client, with fewer operations,
 * and then without anything that its course can do without.
 */
export async function shrink(failure: Failure): Promise<Failure> {
  return leaveOut(await simplify(failure))
}

async function simplify(failure: Failure): Promise<Failure> {
  let smallest = failure
  const tryPlan = async (change: Partial<Plan>) => {
    const smaller = await firstFailure({ ...smallest.plan, ...change })
    if (smaller) smallest = smaller
    return smaller !== undefined
  }
  for (const operations of SIZES) {
    if (operations >= smallest.plan.operations || (await tryPlan({ operations }))) break
  }
  await tryPlan({ tenants: 1 })
  await tryPlan({ clockSkewMs: 0 })
  for (const name of RATE_NAMES) {
    const { rates } = smallest.plan
    if (rates[name] > 0) await tryPlan({ rates: { ...rates, [name]: 0 } })
  }
  for (const clients of [1, 2, 3]) {
    if (clients >= smallest.plan.clients || (await tryPlan({ clients }))) break
  }
  for (const operations of SIZES) {
    if (operations >= smallest.plan.operations || (await tryPlan({ operations }))) break
  }
  return smallest
}

/** Leaves out ever smaller parts of the script for as long as what is left fails: delta debugging by A. Zeller. */
async function leaveOut(failure: Failure): Promise<Failure> {
  let smallest = failure
  let kept = failure.plan.kept ?? drawScript(failure.plan).map((_, place) => place)
  for (let size = Math.ceil(kept.length / 2); size > 0; ) {
    const before = kept.length
    for (let from = 0; from < kept.length; ) {
      const fewer = kept.toSpliced(from, size)
      const smaller = await fails({ ...smallest.plan, kept: fewer })
      if (smaller) {
        smallest = smaller
        kept = fewer
      } else from += size
    }
    // What was needed before something else was left out may not be any more.
    if (size > 1) size = Math.ceil(size / 2)
    else if (kept.length === before) size = 0
  }
  return smallest
}

async function firstFailure(plan: Plan): Promise<Failure | undefined> {
  for (let i = 0; i < SEEDS; i++) {
    const failure = await fails({ ...plan, seed: plan.seed + i })
    if (failure) return failure
  }
  return undefined
}
