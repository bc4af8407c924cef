import { Random } from '../../test/support/random.ts'
import { startStack } from '../../test/support/stack.ts'
import { until } from '../../test/support/until.ts'
import { startLoad } from '../faults/load.ts'
import type { Figure } from './figure.ts'

const KILLS = 50

/** Edits each client keeps without a verdict. */
const UNANSWERED_EDITS = 1

const SEED = 13

/** What survives when Postgres is killed under load, again and again. */
export const postgresKills: Figure<'kills' | 'edits' | 'unresolved' | 'wrong'> = {
  name: 'postgres-kills',
  about:
    'every process of Postgres is killed (SIGKILL) under load by real clients and started again; each edit then needs its one outcome and its rows',
  fields: ['kills', 'edits', 'unresolved', 'wrong'],
  goal: `unresolved = 0 and wrong = 0 after ${KILLS} kills`,
  async measure(report) {
    const random = new Random(SEED)
    await using stack = await startStack()
    const load = await startLoad(stack, UNANSWERED_EDITS)
    try {
      for (let kills = 1; kills <= KILLS; kills++) {
        // Postgres has taken edits since the last kill, so each kill meets it at work.
        const stored = load.stored() + random.whole(1, 60)
        await until('Postgres takes edits', () => load.stored() > stored)
        await stack.killPostgres()
        await stack.startPostgres()
        if (kills % 10 === 0) report(`${kills} kills, ${load.stored()} edits known to be in Postgres`)
      }
      const { edits, unresolved, refused, lost, doubled } = await load.settle()
      const wrong = refused + lost + doubled
      return {
        fields: { kills: KILLS, edits, unresolved, wrong },
        input: { seed: SEED },
        ok: unresolved === 0 && wrong === 0,
      }
    } finally {
      load.close()
    }
  },
}
