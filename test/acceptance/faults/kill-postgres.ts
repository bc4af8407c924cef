import { Random } from '../../../dev/harness/random.ts'
import { until } from '../../../dev/harness/until.ts'
import type { Stack } from '../../support/stack.ts'
import { type LoadResult, startLoad } from './load.ts'

/** Edits each client keeps without a verdict. */
const UNANSWERED_EDITS = 1

/** Edits that Postgres has taken between two kills, at most. */
const BETWEEN = 60

/**
 * Kills Postgres with all its processes (SIGKILL) under load, starts it again, and so on; then looks for every edit.
 */
export async function killPostgres(
  stack: Stack,
  options: {
    kills: number
    seed: number
    report: (line: string) => void
    progress?: (done: number, of: number) => void
  },
): Promise<LoadResult> {
  const random = new Random(options.seed)
  const load = await startLoad(stack, UNANSWERED_EDITS)
  try {
    for (let kills = 1; kills <= options.kills; kills++) {
      // Postgres has taken edits since the last kill, so each kill meets it at work.
      const stored = load.stored() + random.whole(1, BETWEEN)
      await until('Postgres takes edits', () => load.stored() > stored)
      await stack.killPostgres()
      await stack.startPostgres()
      options.progress?.(kills, options.kills)
      if (kills % 10 === 0) options.report(`${kills} kills, ${load.stored()} edits known to be in Postgres`)
    }
    return await load.settle()
  } finally {
    load.close()
  }
}
