import type { Figure } from '../../../dev/harness/figure.ts'
import { runTypes } from '../types/run.ts'
import { WAYS } from '../types/tally.ts'

/** Whether what a column's type declares is what arrives, wherever it comes from. */
export const typeMatrix: Figure<'types' | 'ways' | 'cases' | 'differences' | 'refused'> = {
  name: 'type-matrix',
  about:
    'edge values of every type that a column can have, written by clients and in SQL, read live, at once, after the object has loaded all anew, filtered, sorted, in conflicts and in an export: each is the same in Postgres, in the object and on a page, or is refused by name',
  fields: ['types', 'ways', 'cases', 'differences', 'refused'],
  goal: 'differences = 0',
  async measure(report) {
    const { tried, cases, differences, refused } = await runTypes(report)
    for (const [type, ways] of tried) {
      const counts = WAYS.map((way) => `${way} ${ways.get(way) ?? 0}`)
      report(`${type}: ${counts.join(', ')}`)
    }
    for (const difference of differences) report(difference)
    return {
      fields: { types: tried.size, ways: WAYS.length, cases, differences: differences.length, refused },
      input: {},
      ok: differences.length === 0,
    }
  },
}
