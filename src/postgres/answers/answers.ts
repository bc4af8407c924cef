import * as v from 'valibot'
import type { Applied, Ledger } from '../../core/outbox/batch.ts'
import type { Attempt, Looked, TablePage } from '../../core/outbox/postgres-port.ts'
import type { Unfit } from '../../core/records/set-aside.ts'
import type { Collection } from '../../protocol/manifest.ts'
import { type Row, valueSchema } from '../../protocol/value.ts'
import type { Registered } from '../statements/registered.ts'
import { whyUnfit } from './fit-row.ts'
import { readOutside, sqlChangesSchema } from './outside.ts'

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

export const sqlPageSchema = v.object({
  rows: v.array(v.unknown()),
  /** A row has an empty id. Told with the first page. */
  nameless: v.boolean(),
  more: v.boolean(),
  at: v.string(),
})

const rowSchema: v.GenericSchema<unknown, Row> = v.record(v.string(), valueSchema)

/** The answer to a batch, its outside changes in the application's names and forms. */
export function readApplied(
  byTable: ReadonlyMap<string, Registered>,
  answer: v.InferOutput<typeof sqlAppliedSchema>,
): Attempt<Applied> {
  if (!('outside' in answer)) return { ok: true, value: answer }
  return { ok: true, value: { ...answer, outside: readOutside(byTable, answer.outside) } }
}

/** The answer to a look, its outside changes likewise. */
export function readLooked(
  byTable: ReadonlyMap<string, Registered>,
  answer: v.InferOutput<typeof sqlLookedSchema>,
): Attempt<Looked> {
  if (!('outside' in answer)) return { ok: true, value: answer }
  return { ok: true, value: { ...answer, outside: readOutside(byTable, answer.outside) } }
}

/**
 * Rows as they may be kept, apart from those that cannot be records here.
 *
 * @param hasNameless whether there is a row with an empty id, which no range of ids contains
 */
export function readRows(
  collection: Collection,
  answers: readonly unknown[],
  hasNameless: boolean,
): Attempt<ReadRows> {
  const rows: Row[] = []
  const unfit: Unfit[] = hasNameless ? [namelessOf(collection)] : []
  let last: string | undefined
  for (const answer of answers) {
    const parsed = v.safeParse(rowSchema, answer)
    const id = parsed.success ? parsed.output['id'] : undefined
    if (!parsed.success || typeof id !== 'string') {
      return { ok: false, failure: 'ambiguous', message: 'the answer is not a row' }
    }
    last = id
    const fault = whyUnfit(id, parsed.output, collection.columns)
    if (fault) unfit.push({ id, ...fault })
    else rows.push(parsed.output)
  }
  return { ok: true, value: { rows, unfit, last } }
}

type ReadRows = Pick<TablePage, 'rows' | 'unfit' | 'last'>

function namelessOf({ columns }: Collection): Unfit {
  return { id: '', reason: '', ...whyUnfit('', {}, columns) }
}

/** A page, its rows likewise. */
export function readPage(
  collection: Collection,
  { rows, nameless, more, at }: v.InferOutput<typeof sqlPageSchema>,
): Attempt<TablePage> {
  const read = readRows(collection, rows, nameless)
  return read.ok ? { ok: true, value: { ...read.value, more, at } } : read
}
