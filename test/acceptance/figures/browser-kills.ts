import type { Figure } from '../../../dev/harness/figure.ts'
import { startStack } from '../../support/stack.ts'
import { killBrowsers } from '../kills/kill-browsers.ts'

const KILLS = 200

const SEED = 20

/** Edits that outlast the browser that they were made in, killed again and again while it saves. */
export const browserKills: Figure<'kills' | 'saved' | 'lost' | 'doubled'> = {
  name: 'browser-kills',
  about:
    'Chromium is killed (SIGKILL) while it edits without pause, with and without a network, and opened again on the same folder; each edit whose saved had resolved then has to be in Postgres, once',
  fields: ['kills', 'saved', 'lost', 'doubled'],
  goal: `lost = 0 and doubled = 0 after ${KILLS} kills`,
  async measure(report) {
    await using stack = await startStack()
    const { saved, lost, doubled, emptied } = await killBrowsers(stack, { kills: KILLS, seed: SEED, report })
    return {
      fields: { kills: KILLS, saved, lost, doubled },
      input: { seed: SEED, emptiedStores: emptied },
      ok: saved > KILLS && lost === 0 && doubled === 0,
    }
  },
}
