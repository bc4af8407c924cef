import type { Figure } from '../../../dev/harness/figure.ts'
import { plansOf, runPlans, tellRuns } from '../../simulation/campaign/run-plans.ts'
import { tellFailure } from '../../simulation/campaign/tell-failure.ts'
import { findDefects } from '../../simulation/defects/find-defects.ts'
import { cells } from '../../simulation/judge/coverage.ts'

const SEED = 1
const RUNS = 2_500
const OPERATIONS = 400

/** Runs between two lines of progress. */
const TOLD_EVERY = 250

/** What the simulator finds in the product, and in the product with a defect. */
export const simulate: Figure<
  'operations' | 'violations' | 'mutants' | 'mutantsCaught' | 'cells' | 'cellsHit'
> = {
  name: 'simulate',
  about:
    'the object, the client and all between them and Postgres in virtual time with faults; then the same with each planted defect; cells are faults that struck while something stood at a step',
  fields: ['operations', 'violations', 'mutants', 'mutantsCaught', 'cells', 'cellsHit'],
  goal: 'violations = 0, mutantsCaught = mutants, cellsHit = cells',
  async measure(report) {
    const sum = await runPlans(plansOf({ seed: SEED, runs: RUNS, operations: OPERATIONS }), (soFar) => {
      if (soFar.runs % TOLD_EVERY === 0) report(tellRuns(soFar))
      return true
    })
    for (const failure of sum.failures) report(tellFailure(failure, 'fails'))
    const mutants = await findDefects(({ name, isFound }) =>
      report(`${isFound ? 'found' : 'NOT FOUND'}: ${name}`),
    )
    const caught = mutants.filter(({ isFound }) => isFound).length
    const all = cells().length
    const hit = all - sum.coverage.missed.length
    const violations = sum.failures.length
    return {
      fields: {
        operations: sum.operations,
        violations,
        mutants: mutants.length,
        mutantsCaught: caught,
        cells: all,
        cellsHit: hit,
      },
      input: { seed: SEED, runs: RUNS, events: sum.events, crashes: sum.crashes },
      ok: violations === 0 && caught === mutants.length && hit === all,
    }
  },
}
