import { startFaultEndpoint } from '../../../dev/harness/fault-endpoint.ts'
import type { Figure } from '../../../dev/harness/figure.ts'
import { startStack } from '../../support/stack.ts'
import { runSeed } from '../external/run-seed.ts'
import type { SeedResult } from '../external/verdict.ts'
import { PLACES } from '../external/writer.ts'

/** Twenty are promised. */
const SEEDS = 22

/** Faults told of each seed. */
const SHOWN_FAULTS = 5

type Field = 'seeds' | 'changes' | 'events' | 'lostUpdates' | 'unequal'

/** What becomes of changes made in Postgres while clients edit the same rows and fields. */
export const externalWrites: Figure<Field> = {
  name: 'outside-writes',
  about:
    'eight SQL sessions with long transactions, some rolled back or repeated, and three clients change the same rows, few or many, which come and go more or less often; what a committed transaction did to a row has to be one event in row order, each value traced, and all sides equal',
  fields: ['seeds', 'changes', 'events', 'lostUpdates', 'unequal'],
  goal: 'events = changes, lostUpdates = 0 and unequal = 0 with at least 20 seeds',
  async measure(report) {
    await using faults = await startFaultEndpoint()
    await using stack = await startStack({ faults })
    await stack.sql(PLACES)
    const results: SeedResult[] = []
    for (let seed = 1; seed <= SEEDS; seed++) {
      const result = await runSeed(stack, faults, seed)
      results.push(result)
      report(
        `seed ${seed}: ${result.changes} changes, ${result.events} events, ${result.edits} edits, ${result.conflicts} conflicts, ${result.repeated} transactions repeated`,
      )
      for (const fault of [...result.lost, ...result.unequal].slice(0, SHOWN_FAULTS)) report(`  ${fault}`)
    }
    const sum = (count: (result: SeedResult) => number) =>
      results.reduce((total, result) => total + count(result), 0)
    const [changes, events] = [sum((seed) => seed.changes), sum((seed) => seed.events)]
    const [lostUpdates, unequal] = [sum((seed) => seed.lost.length), sum((seed) => seed.unequal.length)]
    return {
      fields: { seeds: results.length, changes, events, lostUpdates, unequal },
      input: {
        edits: sum((seed) => seed.edits),
        rejected: sum((seed) => seed.rejected),
        rolledBack: sum((seed) => seed.rolledBack),
        repeated: sum((seed) => seed.repeated),
        ambiguous: faults.counts['drop-answer'] + faults.counts['fail-answer'] + faults.counts.twice,
        conflicts: sum((seed) => seed.conflicts),
      },
      ok:
        results.every(({ changes: made, events: told }) => made > 0 && made === told) &&
        lostUpdates + unequal === 0,
    }
  },
}
