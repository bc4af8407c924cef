import type { Figure } from '../../../dev/harness/figure.ts'
import { startStack } from '../../support/stack.ts'
import { crashUnderLoad } from '../crash/crash-under-load.ts'

/** Twenty are promised; a few more cost seconds. */
const ROUNDS = 24

const SEED = 7

/** What survives when the process of the Durable Objects is killed under load, again and again. */
export const crash: Figure<'rounds' | 'acked' | 'lost' | 'doubled'> = {
  name: 'crash',
  about:
    'workerd is killed (SIGKILL) under load by real clients; acknowledged edits are then looked for in Postgres',
  fields: ['rounds', 'acked', 'lost', 'doubled'],
  goal: 'lost = 0 and doubled = 0 after at least 20 rounds',
  async measure(report) {
    await using stack = await startStack()
    const { rounds, acked, lost, doubled, clients } = await crashUnderLoad(stack, {
      rounds: ROUNDS,
      seed: SEED,
      report,
    })
    return {
      fields: { rounds, acked, lost, doubled },
      input: { clients, seed: SEED },
      ok: rounds >= 20 && acked > 0 && lost === 0 && doubled === 0,
    }
  },
}
