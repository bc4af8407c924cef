import type { Figure } from '../../dev/harness/figure.ts'
import { MAX_BATCH_EDITS } from '../../src/core/outbox/outbox.ts'
import { writePlainly } from '../floors/write-plainly.ts'
import { startDatabase } from '../load/database.ts'
import { median, openWriter, rateOf } from '../load/engine-writer.ts'
import { workOf } from '../load/workload.ts'

const TENANT = 'acme'
const INVOICES = 5_000

/** The first rounds warm both ways up and are not counted. */
const WARM_UP_ROUNDS = 3
const ROUNDS = 21
const BATCHES_PER_ROUND = 4
const EDITS_PER_ROUND = BATCHES_PER_ROUND * MAX_BATCH_EDITS

const GOAL = 0.6

/** What exactness, history and marks cost, against the bare writing of the same rows. */
export const writePath: Figure<'editsPerSecond' | 'plainPerSecond' | 'ratio'> = {
  name: 'write-path',
  about:
    'committed edits per second by tidemark.apply_batch, against plain batched SQL for the same rows through the same HTTP endpoint; medians of interleaved rounds',
  fields: ['editsPerSecond', 'plainPerSecond', 'ratio'],
  goal: `ratio >= ${GOAL}`,
  async measure(report) {
    await using database = await startDatabase(TENANT, INVOICES)
    const { connectionString } = database
    const writeByEngine = await openWriter(database, TENANT)
    const rates = { engine: [] as number[], plain: [] as number[] }
    for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
      const batches = Array.from({ length: BATCHES_PER_ROUND }, (_, place) =>
        workOf((round + WARM_UP_ROUNDS) * BATCHES_PER_ROUND + place, MAX_BATCH_EDITS, INVOICES),
      )
      const engine = await rateOf(batches, writeByEngine)
      const plain = await rateOf(batches, (work) => writePlainly(connectionString, TENANT, work))
      if (round < 0) continue
      rates.engine.push(engine)
      rates.plain.push(plain)
      if (round % 5 === 0) report(`round ${round + 1} of ${ROUNDS}: ${engine} and ${plain} edits per second`)
    }
    const [editsPerSecond, plainPerSecond] = [median(rates.engine), median(rates.plain)]
    const ratio = Math.round((editsPerSecond / plainPerSecond) * 100) / 100
    return {
      fields: { editsPerSecond, plainPerSecond, ratio },
      input: { rounds: ROUNDS, edits: ROUNDS * EDITS_PER_ROUND, batch: MAX_BATCH_EDITS, rowsPerEdit: 2 },
      ok: ratio >= GOAL,
    }
  },
}
