import { startDatabase } from './database.ts'
import { type Cell, type Measured, measure, PLAIN_TENANT } from './measure.ts'
import { median } from './numbers.ts'
import type { ServerName } from './servers.ts'

/** Rows of the workload: as many as writes are ever in flight, so that none waits for a row. */
export const ROWS = 1_024

const BUSY = { rows: ROWS, warmUpMs: 1_000, measureMs: 3_000 }

/** What is measured, by name. */
export const CELLS = {
  'burst, 100 readers': { ...BUSY, subscribers: 100, inFlight: 1_024 },
  'busy, 10 readers': { ...BUSY, subscribers: 10, inFlight: 64 },
  'busy, 100 readers': { ...BUSY, subscribers: 100, inFlight: 64 },
  'alone, 10 readers': { ...BUSY, subscribers: 10, inFlight: 1 },
  'alone, 100 readers': { ...BUSY, subscribers: 100, inFlight: 1 },
  'alone, 1000 readers': { ...BUSY, subscribers: 1_000, inFlight: 1, warmUpMs: 2_000, measureMs: 6_000 },
} as const satisfies Record<string, Cell>

export type CellName = keyof typeof CELLS

/** Medians of several runs of one server in one cell. */
export type Summary = {
  readonly cell: string
  readonly server: ServerName
  readonly writesPerSecond: number
  readonly p50: number
  readonly p99: number
  /** Per write and reader. */
  readonly bytes: number
  readonly generatorCpu: number
  readonly committedPerSecond: number | undefined
  readonly maxLagMs: number | undefined
  readonly runs: readonly Measured[]
}

export type Wanted = {
  readonly cells: Readonly<Record<string, Cell>>
  readonly servers: readonly ServerName[]
  readonly runs: number
}

/** Measures servers in cells, in turn, so that what the machine does otherwise meets all of them. */
export async function compare(
  { cells, servers, runs }: Wanted,
  report: (line: string) => void,
): Promise<Summary[]> {
  await using database = await startDatabase(PLAIN_TENANT, ROWS)
  const measured = new Map<string, Measured[]>()
  const total = Object.keys(cells).length * servers.length * runs
  let done = 0
  for (let run = 1; run <= runs; run++) {
    for (const [name, cell] of Object.entries(cells)) {
      for (const server of servers) {
        const result = await measure(server, database, cell)
        const key = `${name}/${server}`
        measured.set(key, [...(measured.get(key) ?? []), result])
        done += 1
        const { writesPerSecond, p50 } = result
        report(
          `${done} of ${total}: ${name}, ${server}: ${writesPerSecond} writes/s, p50 ${p50.toFixed(2)} ms`,
        )
      }
    }
  }
  return Object.keys(cells).flatMap((cell) =>
    servers.map((server) => summed(cell, server, measured.get(`${cell}/${server}`) ?? [])),
  )
}

function summed(cell: string, server: ServerName, runs: readonly Measured[]): Summary {
  const of = (field: 'writesPerSecond' | 'p50' | 'p99' | 'bytes' | 'generatorCpu') =>
    median(runs.map((run) => run[field]))
  const kept = runs.flatMap(({ postgres }) => postgres ?? [])
  return {
    cell,
    server,
    writesPerSecond: of('writesPerSecond'),
    p50: of('p50'),
    p99: of('p99'),
    bytes: of('bytes'),
    generatorCpu: of('generatorCpu'),
    committedPerSecond:
      kept.length > 0 ? median(kept.map(({ committedPerSecond }) => committedPerSecond)) : undefined,
    maxLagMs: kept.length > 0 ? Math.max(...kept.map(({ maxLagMs }) => maxLagMs)) : undefined,
    runs,
  }
}

/** The summary of one server in one cell. Throws if it was not measured. */
export function summaryOf(summaries: readonly Summary[], cell: CellName, server: ServerName): Summary {
  const found = summaries.find((summary) => summary.cell === cell && summary.server === server)
  if (!found) throw new Error(`${server} was not measured in "${cell}"`)
  return found
}

/** Some of the cells. */
export function pickCells(...names: readonly CellName[]): Record<string, Cell> {
  return Object.fromEntries(names.map((name) => [name, CELLS[name]]))
}
