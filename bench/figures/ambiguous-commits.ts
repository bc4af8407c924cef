import { isBatch, startFaultEndpoint } from '../../test/support/fault-endpoint.ts'
import { Random } from '../../test/support/random.ts'
import { startStack } from '../../test/support/stack.ts'
import { until } from '../../test/support/until.ts'
import { startLoad } from '../faults/load.ts'
import type { Figure } from './figure.ts'

/** Commits to be made ambiguous: a thousand are promised. */
const TARGET = 1_000

/** Share of the requests, repetitions included, that meet a fault. */
const SHARE = 0.6

const FAULTS = ['drop-answer', 'fail-answer', 'twice'] as const

/** Edits each client keeps without a verdict: few, so that batches are small and many. */
const UNANSWERED_EDITS = 2

const SEED = 11

/** Milliseconds for the load. */
const DEADLINE_MS = 300_000

/** What survives when Postgres commits and the object does not hear of it, or asks twice at once. */
export const ambiguousCommits: Figure<'injected' | 'lost' | 'doubled'> = {
  name: 'ambiguous-commits',
  about:
    'commits are made ambiguous under load (answer dropped, 502 after COMMIT, request sent twice at once); every edit is then looked for in Postgres',
  fields: ['injected', 'lost', 'doubled'],
  goal: `lost = 0 and doubled = 0 after at least ${TARGET} ambiguous commits`,
  async measure(report) {
    const random = new Random(SEED)
    await using faults = await startFaultEndpoint()
    await using stack = await startStack({ faults })
    const load = await startLoad(stack, UNANSWERED_EDITS)
    try {
      /** Batches by their place in the log: one that is made ambiguous again counts once. */
      const injected = new Set<unknown>()
      faults.decide((asked) => {
        if (!isBatch(asked) || !random.chance(SHARE)) return 'pass'
        injected.add(asked.params[2])
        return random.pick(FAULTS)
      })
      for (let reported = 0; reported < TARGET; reported += 100) {
        await until('commits are ambiguous', () => injected.size >= reported + 100, DEADLINE_MS)
        report(`${injected.size} ambiguous commits, ${load.stored()} edits known to be in Postgres`)
      }
      faults.decide(() => 'pass')
      const { edits, unresolved, refused, lost, doubled } = await load.settle()
      const kinds = Object.fromEntries(FAULTS.map((fault) => [fault, faults.counts[fault]]))
      return {
        fields: { injected: injected.size, lost: lost + unresolved + refused, doubled },
        input: { edits, seed: SEED, ...kinds },
        ok: injected.size >= TARGET && lost + unresolved + refused === 0 && doubled === 0,
      }
    } finally {
      load.close()
    }
  },
}
