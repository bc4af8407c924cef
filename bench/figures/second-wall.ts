import { earlierHistory } from '../../dev/harness/earlier-history.ts'
import type { Figure } from '../../dev/harness/figure.ts'
import { APPLICATION } from '../../dev/invoices/histories.ts'
import { migrate } from '../../dev/migrate.ts'
import { ENGINE } from '../../dev/migration-history.ts'
import { MAX_BATCH_EDITS } from '../../src/core/outbox/outbox.ts'
import { startDatabase } from '../load/database.ts'
import { median, openWriter, rateOf } from '../load/engine-writer.ts'
import { workOf } from '../load/workload.ts'

const TENANT = 'acme'
const INVOICES = 5_000

/** What an installation from before the wall has applied of each list of migrations. */
const BEFORE = { engine: 1, application: 3 }

/** The first rounds warm both ways up and are not counted. */
const WARM_UP_ROUNDS = 3
const ROUNDS = 31
const BATCHES_PER_ROUND = 2

const GOAL = 0.9

/** What the second wall costs a batch: policies, paths of their own and the guard. */
export const secondWall: Figure<'editsPerSecond' | 'beforePerSecond' | 'ratio'> = {
  name: 'second-wall',
  about:
    'committed edits per second by tidemark.apply_batch as the application role, against the schema from before the wall as the owner; medians of interleaved rounds, and of their ratios',
  fields: ['editsPerSecond', 'beforePerSecond', 'ratio'],
  goal: `ratio >= ${GOAL}`,
  async measure(report) {
    await using behind = await startDatabase(TENANT, INVOICES)
    await using before = await startDatabase(TENANT, INVOICES, prepareEarlier)
    const ways = [await openWriter(behind, TENANT), await openWriter(before, TENANT)] as const
    const rates: (readonly [behind: number, before: number])[] = []
    for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
      const batches = Array.from({ length: BATCHES_PER_ROUND }, (_, place) =>
        workOf((round + WARM_UP_ROUNDS) * BATCHES_PER_ROUND + place, MAX_BATCH_EDITS, INVOICES),
      )
      // Whoever is second finds a warmer machine, so they take turns.
      const isFirst = round % 2 === 0
      const early = isFirst ? await rateOf(batches, ways[0]) : 0
      const other = await rateOf(batches, ways[1])
      const own = isFirst ? early : await rateOf(batches, ways[0])
      if (round < 0) continue
      rates.push([own, other])
      if (round % 5 === 0) report(`round ${round + 1} of ${ROUNDS}: ${own} and ${other} edits per second`)
    }
    const ratio = Math.round(median(rates.map(([own, other]) => own / other)) * 100) / 100
    return {
      fields: {
        editsPerSecond: median(rates.map(([own]) => own)),
        beforePerSecond: median(rates.map(([, other]) => other)),
        ratio,
      },
      input: {
        rounds: ROUNDS,
        edits: ROUNDS * BATCHES_PER_ROUND * MAX_BATCH_EDITS,
        batch: MAX_BATCH_EDITS,
        rowsPerEdit: 2,
      },
      ok: ratio >= GOAL,
    }
  },
}

async function prepareEarlier(owner: string): Promise<string> {
  const lists = [
    await earlierHistory(ENGINE, BEFORE.engine),
    await earlierHistory(APPLICATION, BEFORE.application),
  ]
  await migrate(owner, lists)
  for (const { remove } of lists) await remove()
  return owner
}
