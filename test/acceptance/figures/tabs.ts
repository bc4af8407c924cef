import process from 'node:process'
import type { Figure } from '../../../dev/harness/figure.ts'
import { startStack } from '../../support/stack.ts'
import { playTabs } from '../tabs/play-tabs.ts'

const SEED = 20

/** Fewer while something is being built: `ROUNDS=20 npm run -s figures -- tabs`. */
const ROUNDS = Number(process.env['ROUNDS'] ?? 200)

/** Tabs that edit the same cards over one connection, while the one that has it goes. */
export const tabs: Figure<'rounds' | 'lost' | 'doubled' | 'sockets' | 'conflictsMissing'> = {
  name: 'tabs',
  about:
    'Two and five tabs of a Chromium edit the same card at once, and the one that leads is killed, left or frozen meanwhile; each edit whose saved had resolved has to be in Postgres, once, and each value that was overwritten unseen in a conflict',
  fields: ['rounds', 'lost', 'doubled', 'sockets', 'conflictsMissing'],
  goal: 'lost = 0, doubled = 0, sockets = 1 and conflictsMissing = 0',
  async measure(report) {
    await using stack = await startStack()
    const played = await playTabs(stack, { rounds: ROUNDS, seed: SEED, report })
    const { saved, unseen, lost, doubled, sockets, conflictsMissing } = played
    return {
      fields: { rounds: ROUNDS, lost, doubled, sockets, conflictsMissing },
      input: { seed: SEED, saved, unseen },
      ok: unseen > 0 && lost === 0 && doubled === 0 && sockets === 1 && conflictsMissing === 0,
    }
  },
}
