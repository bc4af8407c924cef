import type { Figure } from '../../../dev/harness/figure.ts'
import { Random } from '../../../dev/harness/random.ts'
import { startStack } from '../../../dev/harness/stack.ts'
import { RIGHTS } from '../../fixtures/rights/application.ts'
import { Matrix } from '../rights/matrix.ts'
import { Tally } from '../rights/tally.ts'

const SEED = 23

/** Tenants, each beside another with the same records, in words of its own that nobody else may hear. */
const TENANTS = 1

const ENOUGH = 5_000

/** What each person is told of each record and column, in each way there is, against rules that are told once more by hand. */
export const accessMatrix: Figure<'cases' | 'mismatches'> = {
  name: 'access-matrix',
  about:
    'six roles over an application with rules of every kind: each column of each record as each person is told it, by snapshot, change, into and out of view, delete, resume, conflict, notification, tags, history, HTTP and events, against an oracle that knows nothing of the engine; what is hidden and what is absent are answered with equal bytes, and nothing moves with what is unseen',
  fields: ['cases', 'mismatches'],
  goal: `cases >= ${ENOUGH} and mismatches = 0`,
  async measure(report, { rounds = TENANTS } = {}) {
    const random = new Random(SEED)
    const tally = new Tally(report)
    report(`seed ${SEED}`)
    await using stack = await startStack(RIGHTS, {
      entry: 'test/fixtures/rights/worker.ts',
      vars: { POLL_CHANGES: 'off' },
    })
    let words = 0
    const word = () => {
      words += 1
      return `m${words}~`
    }
    for (let round = 0; round < rounds; round++) {
      const matrix = await Matrix.open(stack, tally, `rights-${round}`, word, (items) => random.pick(items))
      await matrix.play(report)
      matrix.close()
    }
    report(tally.told())
    const mismatches = tally.faults.length
    return {
      fields: { cases: tally.cases, mismatches },
      input: { seed: SEED, tenants: rounds },
      ok: tally.cases >= ENOUGH && mismatches === 0,
    }
  },
}
