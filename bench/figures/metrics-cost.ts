import { buildWeb } from '../../dev/build-web.ts'
import { buildWorker } from '../../dev/build-worker.ts'
import type { Figure } from '../../dev/harness/figure.ts'
import { CELLS } from '../load/cells.ts'
import { startDatabase } from '../load/database.ts'
import { drive, PLAIN_TENANT } from '../load/measure.ts'
import { median, rounded } from '../load/numbers.ts'
import { startServer } from '../load/servers.ts'

/** Pairs of runs, one with and one without. What the machine does otherwise meets both of a pair, and is another in each. */
const PAIRS = 7

const GOAL = 0.02

const BUSY = CELLS['busy, 100 readers']
const ALONE = CELLS['alone, 10 readers']

/** What counting costs on the way of an edit. */
export const metricsCost: Figure<'throughputRatio' | 'latencyRatio' | 'throughputs' | 'latencies'> = {
  name: 'metrics-cost',
  about:
    'edits a second with 100 readers and 64 in flight, and the latency of an edit alone with 10 readers: the Worker as it is deployed against one that counts nothing, in turn; the median of the ratios of pairs',
  fields: ['throughputRatio', 'latencyRatio', 'throughputs', 'latencies'],
  goal: `throughputRatio >= ${1 - GOAL} and latencyRatio <= ${1 + GOAL}`,
  async measure(report) {
    await using database = await startDatabase(PLAIN_TENANT, BUSY.rows)
    await buildWeb()
    const scripts = {
      counted: await buildWorker(),
      uncounted: await buildWorker({ entry: 'bench/uncounted-worker/worker.ts' }),
    }
    const run = async (which: keyof typeof scripts) => {
      await using server = await startServer('tidemark', database, BUSY.rows, { script: scripts[which] })
      const busy = await drive(server, database, BUSY)
      const alone = await drive(server, database, ALONE)
      report(`${which}: ${Math.round(busy.writesPerSecond)}/s, alone p50 ${alone.p50.toFixed(2)} ms`)
      return { throughput: busy.writesPerSecond, latency: alone.p50 }
    }
    const pairs: { readonly throughput: number; readonly latency: number }[] = []
    for (let pair = 0; pair < PAIRS; pair++) {
      // Whichever comes first has the machine as the last pair left it.
      const order = pair % 2 === 0 ? (['counted', 'uncounted'] as const) : (['uncounted', 'counted'] as const)
      const first = await run(order[0])
      const second = await run(order[1])
      const [counted, uncounted] = pair % 2 === 0 ? [first, second] : [second, first]
      pairs.push({
        throughput: counted.throughput / uncounted.throughput,
        latency: counted.latency / uncounted.latency,
      })
    }
    const [throughputs, latencies] = [pairs.map((pair) => pair.throughput), pairs.map((pair) => pair.latency)]
    const [throughputRatio, latencyRatio] = [median(throughputs), median(latencies)].map(
      (ratio) => Math.round(ratio * 1_000) / 1_000,
    )
    if (throughputRatio === undefined || latencyRatio === undefined) throw new Error('nothing was measured')
    const told = (ratios: readonly number[]) => ratios.map(rounded).toSorted().join(', ')
    return {
      fields: { throughputRatio, latencyRatio, throughputs: told(throughputs), latencies: told(latencies) },
      input: { pairs: PAIRS, readers: BUSY.subscribers, inFlight: BUSY.inFlight, writers: 4 },
      ok: throughputRatio >= 1 - GOAL && latencyRatio <= 1 + GOAL,
    }
  },
}
