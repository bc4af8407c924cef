import type { Plan } from './plan.ts'
import { RATE_NAMES } from './plan.ts'
import { World } from './world.ts'

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
 * Looks for a smaller plan that fails as well: without a feature, a tenant, or a client, and with fewer
 * operations.
 */
export async function shrink(failure: Failure): Promise<Failure> {
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

async function firstFailure(plan: Plan): Promise<Failure | undefined> {
  for (let i = 0; i < SEEDS; i++) {
    const failure = await fails({ ...plan, seed: plan.seed + i })
    if (failure) return failure
  }
  return undefined
}
