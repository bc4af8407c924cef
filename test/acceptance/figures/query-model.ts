import * as fc from 'fast-check'
import type { Figure } from '../../../dev/harness/figure.ts'
import { histories } from '../../support/query-model/history.ts'
import { play } from '../../support/query-model/play.ts'

const HISTORIES = 40_000
const SEED = 20_261_125

/** How many histories are drawn at a time: few enough for memory, many enough to report on. */
const BATCH = 4_000

/** What readers of queries are told, against a naive evaluation after every step. */
export const queryModel: Figure<'histories' | 'edits' | 'mismatches'> = {
  name: 'query-model',
  about:
    'drawn histories of edits, absences and changes of rights over three queries each: every frame applied to a copy, which is compared with a naive evaluation after every step',
  fields: ['histories', 'edits', 'mismatches'],
  goal: 'histories >= 20000 and mismatches = 0',
  async measure(report) {
    let edits = 0
    let mismatches = 0
    for (let done = 0; done < HISTORIES; done += BATCH) {
      for (const history of fc.sample(histories, { numRuns: BATCH, seed: SEED + done })) {
        const played = play(history)
        edits += played.edits
        mismatches += played.faults.length
        const [fault] = played.faults
        if (fault !== undefined) report(fault)
      }
      report(`${done + BATCH} of ${HISTORIES} histories`)
    }
    return {
      fields: { histories: HISTORIES, edits, mismatches },
      input: { seed: SEED },
      ok: mismatches === 0,
    }
  },
}
