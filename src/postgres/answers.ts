import * as v from 'valibot'
import type { Applied, Attempt, Ledger, Refusal } from '../core/batch.ts'
import { checkValue } from '../core/validate.ts'
import type { Collection } from '../protocol/manifest.ts'
import { type Row, valueSchema } from '../protocol/value.ts'

const seq = v.pipe(v.number(), v.safeInteger())

export const ledgerSchema: v.GenericSchema<unknown, Ledger> = v.object({
  applied: seq,
  marks: v.array(v.object({ client: v.string(), subject: v.string(), n: seq })),
})

const refusalSchema: v.GenericSchema<unknown, Refusal> = v.object({
  seq,
  sqlState: v.string(),
  constraint: v.exactOptional(v.string()),
  column: v.exactOptional(v.string()),
  message: v.string(),
})

export const appliedSchema: v.GenericSchema<unknown, Applied> = v.variant('is', [
  v.object({ is: v.literal('applied'), applied: seq, refusals: v.array(refusalSchema) }),
  v.object({ is: v.literal('fenced'), epoch: v.string(), applied: seq }),
])

export const countSchema = seq

const rowSchema: v.GenericSchema<unknown, Row> = v.record(v.string(), valueSchema)

/** Types whose range in Postgres is wider than their JSON form. */
const NARROWED = new Set(['bigint', 'number', 'date', 'timestamp'])

/**
 * The rows of a page. A value that has no exact form here, such as a whole number of 2^53 or more,
 * is a structural failure: to load it changed would write the change back some day.
 */
export function readRows(collection: Collection, answers: readonly unknown[]): Attempt<readonly Row[]> {
  const narrowed = collection.columns.filter((column) => NARROWED.has(column.type))
  const rows: Row[] = []
  for (const answer of answers) {
    const parsed = v.safeParse(rowSchema, answer)
    if (!parsed.success) return { ok: false, failure: 'ambiguous', message: 'the answer is not a row' }
    const row = parsed.output
    for (const column of narrowed) {
      const value = row[column.name] ?? null
      const misfit = value === null ? undefined : checkValue(column, value)
      if (!misfit) continue
      const message = `${collection.name} "${String(row['id'])}" cannot be loaded: ${misfit.message}`
      return { ok: false, failure: 'structural', message }
    }
    rows.push(row)
  }
  return { ok: true, value: rows }
}
