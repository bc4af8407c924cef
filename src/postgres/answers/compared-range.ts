import * as v from 'valibot'
import type { LedgerConflict } from '../../core/outbox/batch.ts'
import type { Attempt, ComparedRange, KeyRange } from '../../core/outbox/postgres-port.ts'
import type { Registered } from '../statements/registered.ts'
import { readPolled, readRows, sqlPolledSchema } from './answers.ts'

/** The answer for a range as Postgres gives it. */
export const sqlRangeSchema = v.object({
  /** Null for a tenant without a ledger. */
  applied: v.nullable(v.pipe(v.number(), v.safeInteger())),
  /** Null when the range reaches to the end that was asked for. */
  upTo: v.nullable(v.string()),
  /** A row of the table has an empty id, and the range began with the first. */
  nameless: v.boolean(),
  digest: v.optional(v.string()),
  rows: v.optional(v.array(v.unknown())),
  looked: sqlPolledSchema,
})

/** The answer for a range, in the application's names and forms. */
export function readRange(
  byTable: ReadonlyMap<string, Registered>,
  { collection }: Registered,
  asked: KeyRange,
  { looked: sqlLooked, applied, digest, ...answer }: v.InferOutput<typeof sqlRangeSchema>,
): Attempt<ComparedRange | LedgerConflict> {
  const looked = readPolled(byTable, sqlLooked)
  if (!looked.ok) return looked
  if (looked.value.is !== 'current') return { ok: true, value: looked.value }
  const read = readRows(collection, answer.rows ?? [], answer.nameless)
  if (!read.ok) return read
  const { rows, unfit } = read.value
  const { external } = looked.value
  // A row that no range contains is told of when the rows are read.
  const range = { applied: applied ?? 0, external, upTo: answer.upTo ?? asked.upTo }
  return {
    ok: true,
    value: {
      ...range,
      ...(digest === undefined ? { rows, unfit } : { digest: answer.nameless ? '' : digest }),
    },
  }
}
