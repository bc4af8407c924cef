import type { Figure } from '../../dev/harness/figure.ts'
import { app } from '../../examples/invoices/sync.ts'
import { correctionsOf, MAX_BATCH_EDITS, planBatch } from '../../src/core/outbox/outbox.ts'
import type { Attempt } from '../../src/core/outbox/postgres-port.ts'
import { createGateway } from '../../src/postgres/gateway.ts'
import { writePlainly } from '../floors/write-plainly.ts'
import { startDatabase } from '../load/database.ts'
import { toEntries, type Work, workOf } from '../load/workload.ts'

const TENANT = 'acme'
const EPOCH = 'epoch-1'
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
    const { connectionString, workerConnectionString, endpoint } = database
    const gateway = createGateway({
      connectionString: workerConnectionString,
      fetchEndpoint: endpoint,
      tenant: () => TENANT,
      app,
    })
    let { applied, cursor } = expectAnswer(await gateway.open(EPOCH))
    const collections = [...app.tables.keys()]
    const writeByEngine = async (work: readonly Work[]) => {
      const log = {
        epoch: EPOCH,
        after: applied,
        entries: toEntries(work, applied),
        corrections: correctionsOf([]),
      }
      const batch = planBatch(log, collections)
      const answer = expectAnswer(await gateway.apply(batch, cursor))
      if (answer.is !== 'applied' || answer.applied !== batch.upTo) throw new Error('a batch was not applied')
      applied = answer.applied
      cursor = answer.external.cursor
    }
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

async function rateOf(
  batches: readonly Work[][],
  write: (work: readonly Work[]) => Promise<void>,
): Promise<number> {
  const started = performance.now()
  for (const work of batches) await write(work)
  return Math.round(EDITS_PER_ROUND / ((performance.now() - started) / 1_000))
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0
}

function expectAnswer<Value>(attempt: Attempt<Value>): Value {
  if (!attempt.ok) throw new Error(`${attempt.failure}: ${attempt.message}`)
  return attempt.value
}
