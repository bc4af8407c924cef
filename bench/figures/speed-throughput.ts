import type { Figure } from '../../dev/harness/figure.ts'
import { compare, pickCells, summaryOf } from '../load/cells.ts'
import { rounded } from '../load/numbers.ts'

const RUNS = 3

/** How many edits everybody has in a second, against a bare object that does the least that can be done. */
export const speedThroughput: Figure<'ours' | 'floorB' | 'ratio' | 'cells'> = {
  name: 'speed-throughput',
  about:
    'edits a second that all readers have, against a bare object that stores and rebroadcasts all messages of a turn at once (floor B); 4 writers, Postgres taking all writes',
  fields: ['ours', 'floorB', 'ratio', 'cells'],
  goal: 'N = 100, 1,024 in flight: >= 0.5 of floor B; N = 10, 64 in flight: >= 0.5 of floor B and >= 5x floor A; N = 100, 64 in flight: p50 <= 2x floor B',
  async measure(report) {
    const cells = pickCells('burst, 100 readers', 'busy, 10 readers', 'busy, 100 readers')
    const servers = ['floor-a', 'floor-b', 'tidemark'] as const
    const measured = await compare({ cells, servers, runs: RUNS }, report)
    const rate = (...[cell, server]: [Parameters<typeof summaryOf>[1], Parameters<typeof summaryOf>[2]]) =>
      summaryOf(measured, cell, server).writesPerSecond
    const ours = rate('burst, 100 readers', 'tidemark')
    const floorB = rate('burst, 100 readers', 'floor-b')
    const few = rate('busy, 10 readers', 'tidemark')
    const ofB = few / rate('busy, 10 readers', 'floor-b')
    const ofA = few / rate('busy, 10 readers', 'floor-a')
    const p50 =
      summaryOf(measured, 'busy, 100 readers', 'tidemark').p50 /
      summaryOf(measured, 'busy, 100 readers', 'floor-b').p50
    const told = measured.map(
      ({ cell, server, writesPerSecond, p50, p99 }) =>
        `${cell}, ${server}: ${writesPerSecond}/s, p50 ${rounded(p50)} ms, p99 ${rounded(p99)} ms`,
    )
    const ratios = `10 readers, 64 in flight: ${rounded(ofB)} of floor B, ${rounded(ofA)} of floor A; 100 readers, 64 in flight: p50 ${rounded(p50)} of floor B`
    return {
      fields: { ours, floorB, ratio: rounded(ours / floorB), cells: [ratios, ...told].join('; ') },
      input: { runs: RUNS, writers: 4 },
      ok: ours / floorB >= 0.5 && ofB >= 0.5 && ofA >= 5 && p50 <= 2,
    }
  },
}
