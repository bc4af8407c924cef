import { readFileSync } from 'node:fs'
import type { Figure } from '../../../dev/harness/figure.ts'
import { startStack } from '../../../dev/invoices/stack.ts'
import { sharedFile } from '../../support/shared-data.ts'
import { parseInvoices } from '../main-job/invoices-csv.ts'
import { type Extent, playMeetings } from '../meetings/play.ts'

const EXTENT: Extent = { people: 20, each: 5, rounds: 104, open: 30, seed: 20_261_129 }

/** As many edits are promised, and so much of what meets settles itself. */
const EDITS = 10_000
const SETTLED = 0.99

/** Failures told. */
const SHOWN = 5

type Field = 'edits' | 'settled' | 'recoverable' | 'told'

/** What becomes of what people write at the same time. */
export const conflicts: Figure<Field> = {
  name: 'conflicts',
  about:
    'twenty people work on a few real invoices at a time, each without seeing what the others write just then; of the writes that meet, the share that needs no person; of the values that lost, the share that is restored one by one, by one call each, and the share that both people are told of in their own view; every line that is written into notes is seen by all',
  fields: ['edits', 'settled', 'recoverable', 'told'],
  goal: `edits >= ${EDITS}, settled >= ${SETTLED}, recoverable = 1 and told = 1`,
  async measure(report) {
    const invoices = parseInvoices(readFileSync(sharedFile('online-retail-invoices.csv'), 'utf8'))
    await using stack = await startStack()
    const { edits, meetings, asked, lost, told, missing, unseen, restored } = await playMeetings(
      stack,
      invoices,
      EXTENT,
      report,
    )
    for (const [policy, met] of Object.entries(meetings))
      report(`${policy}: ${met} meetings, of which ${asked[policy] ?? 0} are left to a person`)
    for (const failure of restored.failures.slice(0, SHOWN)) report(`  ${failure}`)
    const sum = (counts: Record<string, number>) => Object.values(counts).reduce((a, b) => a + b, 0)
    const met = sum(meetings)
    const lawful = restored.tried - restored.unlawful
    const fields = {
      edits,
      settled: Number((1 - sum(asked) / met).toFixed(5)),
      recoverable: restored.restored / lawful,
      told: told / lost,
    }
    return {
      fields,
      input: {
        ...{ meetings: met, asked: sum(asked), lost, missing, unseen },
        ...{ restored: restored.restored, unlawful: restored.unlawful },
      },
      ok:
        edits >= EDITS &&
        fields.settled >= SETTLED &&
        fields.recoverable === 1 &&
        fields.told === 1 &&
        missing === 0 &&
        unseen === 0 &&
        restored.tried === lost,
    }
  },
}
