import { type FaultEndpoint, isBatch } from '../../../dev/harness/fault-endpoint.ts'
import { Random } from '../../../dev/harness/random.ts'
import { until } from '../../../dev/harness/until.ts'
import type { Stack } from '../../support/stack.ts'
import { type LoadResult, startLoad } from './load.ts'

/** Share of the requests, repetitions included, that meet a fault. */
const SHARE = 0.6

/** What makes a commit ambiguous: its answer is lost or replaced, or it is asked for twice at once. */
export const BLURS = ['drop-answer', 'fail-answer', 'twice'] as const

/** Edits each client keeps without a verdict: few, so that batches are small and many. */
const UNANSWERED_EDITS = 2

/** Commits after which progress is told. */
const TOLD_EVERY = 100

/** Milliseconds after which the load hangs. */
const DEADLINE_MS = 3_600_000

/** Makes commits ambiguous under load, at least so many; then looks for every edit. */
export async function blurCommits(
  { stack, faults }: { stack: Stack; faults: FaultEndpoint },
  options: {
    commits: number
    seed: number
    report: (line: string) => void
    progress?: (done: number, of: number) => void
  },
): Promise<LoadResult & { readonly injected: number }> {
  const random = new Random(options.seed)
  const load = await startLoad(stack, UNANSWERED_EDITS)
  try {
    /** Batches by their place in the log: one that is made ambiguous again counts once. */
    const injected = new Set<unknown>()
    faults.decide((asked) => {
      if (!isBatch(asked) || !random.chance(SHARE)) return 'pass'
      injected.add(asked.params[2])
      options.progress?.(Math.min(injected.size, options.commits), options.commits)
      return random.pick(BLURS)
    })
    for (let told = 0; told < options.commits; ) {
      const awaited = Math.min(told + TOLD_EVERY, options.commits)
      await until('commits are ambiguous', () => injected.size >= awaited, DEADLINE_MS)
      options.report(`${injected.size} ambiguous commits, ${load.stored()} edits known to be in Postgres`)
      told = awaited
    }
    faults.decide(() => 'pass')
    return { ...(await load.settle()), injected: injected.size }
  } finally {
    load.close()
  }
}
