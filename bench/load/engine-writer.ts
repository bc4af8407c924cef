import { app } from '../../examples/invoices/sync.ts'
import { correctionsOf, planBatch } from '../../src/core/outbox/outbox.ts'
import type { Attempt } from '../../src/core/outbox/postgres-port.ts'
import { createGateway } from '../../src/postgres/gateway.ts'
import type { Database } from './database.ts'
import { toEntries, type Work } from './workload.ts'

const EPOCH = 'epoch-1'

/** Writes a batch of work as a tenant's object does, and fails where it is not applied whole. */
export type Write = (work: readonly Work[]) => Promise<void>

/** Opens a tenant in a database, and gives what writes to it, one batch after the other. */
export async function openWriter(
  { workerConnectionString, endpoint }: Database,
  tenant: string,
): Promise<Write> {
  const gateway = createGateway({
    connectionString: workerConnectionString,
    fetchEndpoint: endpoint,
    tenant: () => tenant,
    app,
  })
  let { applied, cursor } = expectAnswer(await gateway.open(EPOCH))
  const collections = [...app.tables.keys()]
  return async (work) => {
    const entries = toEntries(work, applied)
    const log = { epoch: EPOCH, after: applied, entries, corrections: correctionsOf([]) }
    const batch = planBatch(log, collections)
    const answer = expectAnswer(await gateway.apply(batch, cursor))
    if (answer.is !== 'applied' || answer.applied !== batch.upTo) throw new Error('a batch was not applied')
    applied = answer.applied
    cursor = answer.external.cursor
  }
}

/** Edits per second at which batches of work are written. */
export async function rateOf(batches: readonly (readonly Work[])[], write: Write): Promise<number> {
  const started = performance.now()
  for (const work of batches) await write(work)
  const edits = batches.reduce((sum, work) => sum + work.length, 0)
  return Math.round(edits / ((performance.now() - started) / 1_000))
}

/** The number in the middle, 0 of none. */
export function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0
}

function expectAnswer<Value>(attempt: Attempt<Value>): Value {
  if (!attempt.ok) throw new Error(`${attempt.failure}: ${attempt.message}`)
  return attempt.value
}
