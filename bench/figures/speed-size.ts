import type { Figure } from '../../dev/harness/figure.ts'
import { measureClient } from '../size/client-sizes.ts'

const GOALS = { initialKb: 12.5, totalKb: 19, persistKb: 3, tabsKb: 1.5, reactKb: 1.2 } as const

type Field = keyof typeof GOALS

const FIELDS = ['initialKb', 'totalKb', 'persistKb', 'tabsKb', 'reactKb'] as const satisfies Field[]

/** What an entry of the package comes to that there is not. */
const ABSENT = 'absent'

/** The weight of the client: what an application loads to be one, before it runs and in all. */
export const speedSize: Figure<Field> = {
  name: 'speed-size',
  about: 'kB of the client, minified and gzipped: before a page runs, in all, and what entries add to that',
  fields: FIELDS,
  goal: FIELDS.map((field) => `${field} <= ${GOALS[field]}`).join(', '),
  async measure(report) {
    report('building the client and bundling it')
    const { initialKb, totalKb, addedKb } = await measureClient(['indexeddb', 'tabs', 'react'])
    const { indexeddb: persist = ABSENT, tabs = ABSENT, react = ABSENT } = addedKb
    const fields = { initialKb, totalKb, persistKb: persist, tabsKb: tabs, reactKb: react }
    const isMet = (field: Field) => {
      const kb = fields[field]
      return typeof kb === 'number' && kb <= GOALS[field]
    }
    const missed = FIELDS.filter((field) => !isMet(field))
    return {
      fields,
      input: { with: 'partysocket', missed: missed.join(', ') || 'none' },
      ok: missed.length === 0,
    }
  },
}
