import type { Figure } from '../../dev/harness/figure.ts'
import { type CellName, compare, pickCells, summaryOf } from '../load/cells.ts'
import { rounded } from '../load/numbers.ts'

const RUNS = 3
const LONE: readonly CellName[] = ['alone, 10 readers', 'alone, 100 readers', 'alone, 1000 readers']

/** How long one edit takes until everybody has it, against a bare object that stores and rebroadcasts it. */
export const speedLatency: Figure<'ratio' | 'ratioP99' | 'cells'> = {
  name: 'speed-latency',
  about:
    'time of a lone edit until all readers have it, against a bare object with one write into SQLite (floor A); one edit after the other, Postgres taking all of them',
  fields: ['ratio', 'ratioP99', 'cells'],
  goal: 'N = 10, 100 and 1,000: p50 <= 1.15x and p99 <= 1.5x floor A',
  async measure(report) {
    const servers = ['floor-a', 'tidemark'] as const
    const measured = await compare({ cells: pickCells(...LONE), servers, runs: RUNS }, report)
    const ratios = LONE.map((cell) => {
      const [floor, ours] = servers.map((server) => summaryOf(measured, cell, server))
      if (!floor || !ours) throw new Error('both are measured')
      return { cell, floor, ours, p50: ours.p50 / floor.p50, p99: ours.p99 / floor.p99 }
    })
    const cells = ratios.map(
      ({ cell, floor, ours, p50, p99 }) =>
        `${cell}: p50 ${rounded(ours.p50)} against ${rounded(floor.p50)} ms (${rounded(p50)}), p99 ${rounded(ours.p99)} against ${rounded(floor.p99)} ms (${rounded(p99)})`,
    )
    const ratio = Math.max(...ratios.map(({ p50 }) => p50))
    const ratioP99 = Math.max(...ratios.map(({ p99 }) => p99))
    return {
      fields: { ratio: rounded(ratio), ratioP99: rounded(ratioP99), cells: cells.join('; ') },
      input: { runs: RUNS },
      ok: ratio <= 1.15 && ratioP99 <= 1.5,
    }
  },
}
