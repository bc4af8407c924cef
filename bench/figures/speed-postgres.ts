import { neon, neonConfig } from '@neondatabase/serverless'
import type { Figure } from '../../dev/harness/figure.ts'
import { CELLS, ROWS } from '../load/cells.ts'
import { type Database, startDatabase } from '../load/database.ts'
import { measure, PLAIN_TENANT } from '../load/measure.ts'
import { median, rounded } from '../load/numbers.ts'
import { markerOf, rowId } from '../load/rows.ts'
import { writeRows } from '../load/side-load.ts'

const RUNS = 3

/** Rows of one bare statement: where it gains no more. */
const BATCH = 100

/** How fast edits get into Postgres while as many as possible are taken. */
export const speedPostgres: Figure<'ours' | 'plain' | 'ratio' | 'maxLagMs'> = {
  name: 'speed-postgres',
  about:
    'edits a second that Postgres has of those that 100 readers are shown, against rows a second of a bare batched statement over the same protocol while a bare object (floor B) is driven as hard',
  fields: ['ours', 'plain', 'ratio', 'maxLagMs'],
  goal: 'ratio >= 0.6',
  async measure(report) {
    await using database = await startDatabase(PLAIN_TENANT, ROWS)
    const cell = CELLS['burst, 100 readers']
    const ours: number[] = []
    const plain: number[] = []
    const lags: number[] = []
    for (let run = 1; run <= RUNS; run++) {
      const { postgres } = await measure('tidemark', database, cell)
      if (!postgres) throw new Error('Postgres is watched behind the product')
      ours.push(postgres.committedPerSecond)
      lags.push(postgres.maxLagMs)
      plain.push(await beside(database, () => measure('floor-b', database, cell, { sideLoad: false })))
      report(`run ${run} of ${RUNS}: ${ours.at(-1)} edits/s, ${plain.at(-1)} plain rows/s`)
    }
    const [engine, bare] = [median(ours), median(plain)]
    return {
      fields: {
        ours: engine,
        plain: bare,
        ratio: rounded(engine / bare),
        maxLagMs: Math.max(...lags),
      },
      input: { runs: RUNS, seconds: cell.measureMs / 1_000, rows: ROWS, batch: BATCH },
      ok: engine / bare >= 0.6,
    }
  },
}

/** Rows a second that are written plainly while something else runs. */
async function beside(database: Database, work: () => Promise<unknown>): Promise<number> {
  neonConfig.fetchEndpoint = database.endpoint
  const sql = neon(database.connectionString)
  let isOver = false
  let written = 0
  const run = work().finally(() => {
    isOver = true
  })
  const begun = performance.now()
  while (!isOver) {
    const rows = Array.from({ length: BATCH }, (_, i) => (written + i) % ROWS)
    await writeRows(sql, PLAIN_TENANT, new Map(rows.map((row, i) => [rowId(row), markerOf(written + i)])))
    written += BATCH
  }
  const seconds = (performance.now() - begun) / 1_000
  await run
  return Math.round(written / seconds)
}
