import type { Figure } from '../../../dev/harness/figure.ts'
import { startStack } from '../../support/stack.ts'
import { killPostgres } from '../faults/kill-postgres.ts'

const KILLS = 50

const SEED = 13

/** What survives when Postgres is killed under load, again and again. */
export const postgresKills: Figure<'kills' | 'edits' | 'unresolved' | 'wrong'> = {
  name: 'postgres-kills',
  about:
    'every process of Postgres is killed (SIGKILL) under load by real clients and started again; each edit then needs its one outcome and its rows',
  fields: ['kills', 'edits', 'unresolved', 'wrong'],
  goal: `unresolved = 0 and wrong = 0 after ${KILLS} kills`,
  async measure(report) {
    await using stack = await startStack()
    const result = await killPostgres(stack, { kills: KILLS, seed: SEED, report })
    const { edits, unresolved, refused, lost, doubled } = result
    const wrong = refused + lost + doubled
    return {
      fields: { kills: KILLS, edits, unresolved, wrong },
      input: { seed: SEED },
      ok: unresolved === 0 && wrong === 0,
    }
  },
}
