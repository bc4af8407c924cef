import { startFaultEndpoint } from '../../../dev/harness/fault-endpoint.ts'
import type { Figure } from '../../../dev/harness/figure.ts'
import { startStack } from '../../support/stack.ts'
import { BLURS, blurCommits } from '../faults/blur-commits.ts'

/** Commits to be made ambiguous: a thousand are promised. */
const TARGET = 1_000

const SEED = 11

/** What survives when Postgres commits and the object does not hear of it, or asks twice at once. */
export const ambiguousCommits: Figure<'injected' | 'lost' | 'doubled'> = {
  name: 'ambiguous-commits',
  about:
    'commits are made ambiguous under load (answer dropped, 502 after COMMIT, request sent twice at once); every edit is then looked for in Postgres',
  fields: ['injected', 'lost', 'doubled'],
  goal: `lost = 0 and doubled = 0 after at least ${TARGET} ambiguous commits`,
  async measure(report) {
    await using faults = await startFaultEndpoint()
    await using stack = await startStack({ faults })
    const result = await blurCommits({ stack, faults }, { commits: TARGET, seed: SEED, report })
    const { injected, edits, unresolved, refused, lost, doubled } = result
    const kinds = Object.fromEntries(BLURS.map((fault) => [fault, faults.counts[fault]]))
    return {
      fields: { injected, lost: lost + unresolved + refused, doubled },
      input: { edits, seed: SEED, ...kinds },
      ok: injected >= TARGET && lost + unresolved + refused === 0 && doubled === 0,
    }
  },
}
