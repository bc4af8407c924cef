import type { Figure } from '../../dev/harness/figure.ts'
import { compare, pickCells, summaryOf } from '../load/cells.ts'
import { rounded } from '../load/numbers.ts'

/** What an edit of one field of 20 characters costs on the way to one reader. */
export const speedBytes: Figure<'alone' | 'burst'> = {
  name: 'speed-bytes',
  about: 'bytes of frames for each edit of 20 characters and reader, alone and in a burst',
  fields: ['alone', 'burst'],
  goal: 'alone <= 60 and burst <= 40',
  async measure(report) {
    const cells = pickCells('alone, 10 readers', 'burst, 100 readers')
    const measured = await compare({ cells, servers: ['tidemark'], runs: 1 }, report)
    const alone = rounded(summaryOf(measured, 'alone, 10 readers', 'tidemark').bytes)
    const burst = rounded(summaryOf(measured, 'burst, 100 readers', 'tidemark').bytes)
    return { fields: { alone, burst }, input: { value: 20, inFlight: 1_024 }, ok: alone <= 60 && burst <= 40 }
  },
}
