import * as v from 'valibot'
import type { Applied, Attempt, Ledger, Looked, TablePage } from '../core/batch.ts'
import type { Collection } from '../protocol/manifest.ts'
import { type Row, valueSchema } from '../protocol/value.ts'
import { inexact } from './exact-value.ts'
import { type Registered, readOutside, sqlChangesSchema } from './outside.ts'

const seq = v.pipe(v.number(), v.safeInteger())

const refusal = {
  seq,
  sqlState: v.string(),
  constraint: v.exactOptional(v.string()),
  column: v.exactOptional(v.string()),
  message: v.string(),
}

const ledgerSchema: v.GenericSchema<unknown, Ledger> = v.object({
  applied: seq,
  marks: v.array(
    v.object({
      client: v.string(),
      subject: v.string(),
      n: seq,
      refusals: v.array(v.object({ ...refusal, n: seq })),
    }),
  ),
  cursor: v.string(),
})

/** The answer to a claim: the ledger, or which epoch has the tenant. */
export const claimSchema = v.union([ledgerSchema, v.object({ owner: v.string() })])

const misfits = [
  v.object({ is: v.literal('fenced'), epoch: v.string() }),
  v.object({ is: v.literal('diverged'), message: v.string() }),
] as const

export const sqlAppliedSchema = v.variant('is', [
  v.object({
    is: v.picklist(['applied', 'behind']),
    applied: seq,
    refusals: v.array(v.object(refusal)),
    outside: sqlChangesSchema,
    verdict: v.exactOptional(
      v.variant('is', [
        v.object({ is: v.literal('taken') }),
        v.object({ is: v.literal('refused'), refusal: v.object(refusal) }),
      ]),
    ),
  }),
  ...misfits,
])

export const sqlLookedSchema = v.variant('is', [
  v.object({ is: v.literal('current'), outside: sqlChangesSchema }),
  ...misfits,
])

export const countSchema = seq

export const sqlPageSchema = v.object({ rows: v.array(v.unknown()), more: v.boolean(), at: v.string() })

const rowSchema: v.GenericSchema<unknown, Row> = v.record(v.string(), valueSchema)

/** The answer to a batch, its outside changes in the application's names and forms. */
export function readApplied(
  byTable: ReadonlyMap<string, Registered>,
  answer: v.InferOutput<typeof sqlAppliedSchema>,
): Attempt<Applied> {
  if (!('outside' in answer)) return { ok: true, value: answer }
  const outside = readOutside(byTable, answer.outside)
  return outside.ok ? { ok: true, value: { ...answer, outside: outside.value } } : outside
}

/** The answer to a look, its outside changes likewise. */
export function readLooked(
  byTable: ReadonlyMap<string, Registered>,
  answer: v.InferOutput<typeof sqlLookedSchema>,
): Attempt<Looked> {
  if (!('outside' in answer)) return { ok: true, value: answer }
  const outside = readOutside(byTable, answer.outside)
  return outside.ok ? { ok: true, value: { ...answer, outside: outside.value } } : outside
}

/**
 * Rows as they may be kept. A value that has no exact form here, such as a whole number of 2^53 or more,
 * is a structural failure: to load it changed would write the change back some day.
 */
export function readRows(collection: Collection, answers: readonly unknown[]): Attempt<readonly Row[]> {
  const rows: Row[] = []
  for (const answer of answers) {
    const parsed = v.safeParse(rowSchema, answer)
    if (!parsed.success) return { ok: false, failure: 'ambiguous', message: 'the answer is not a row' }
    const row = parsed.output
    for (const column of collection.columns) {
      const misfit = inexact(column, row[column.name] ?? null)
      if (!misfit) continue
      const message = `${collection.name} "${String(row['id'])}" cannot be loaded: ${misfit.message}`
      return { ok: false, failure: 'structural', message }
    }
    rows.push(row)
  }
  return { ok: true, value: rows }
}

/** A page, its rows likewise. */
export function readPage(
  collection: Collection,
  { rows, more, at }: v.InferOutput<typeof sqlPageSchema>,
): Attempt<TablePage> {
  const read = readRows(collection, rows)
  return read.ok ? { ok: true, value: { rows: read.value, more, at } } : read
}
