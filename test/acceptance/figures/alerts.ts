import type { Figure } from '../../../dev/harness/figure.ts'
import { playOutages } from '../alerts/play-outages.ts'

const ROUNDS = 50

const GOAL_FIRE_MS = 10_000
const GOAL_RESOLVE_MS = 30_000

/** When whoever is on duty learns of an outage of Postgres, and of its end. */
export const alerts: Figure<'rounds' | 'fired' | 'resolved' | 'extra' | 'fireMaxMs' | 'resolveMaxMs'> = {
  name: 'alerts',
  about:
    'Postgres is stopped and started again while somebody edits; a receiver of the webhook that fails twice at each message has to take one of each outage and one of its end, and no other',
  fields: ['rounds', 'fired', 'resolved', 'extra', 'fireMaxMs', 'resolveMaxMs'],
  goal: `fired = resolved = rounds, extra = 0, fireMaxMs <= ${GOAL_FIRE_MS} and resolveMaxMs <= ${GOAL_RESOLVE_MS}`,
  async measure(report, { rounds = ROUNDS } = {}) {
    const { fired, resolved, extra, fireMs, resolveMs } = await playOutages(rounds, report)
    const [fireMaxMs, resolveMaxMs] = [fireMs, resolveMs].map((times) => Math.round(Math.max(...times)))
    if (fireMaxMs === undefined || resolveMaxMs === undefined) throw new Error('there are two maxima')
    return {
      fields: { rounds, fired, resolved, extra, fireMaxMs, resolveMaxMs },
      input: { failuresFirst: 2 },
      ok:
        fired === rounds &&
        resolved === rounds &&
        extra === 0 &&
        fireMaxMs <= GOAL_FIRE_MS &&
        resolveMaxMs <= GOAL_RESOLVE_MS,
    }
  },
}
