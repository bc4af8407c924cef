import * as v from 'valibot'
import { REVOCATION_KINDS } from '../../core/access/revocation.ts'
import type { Applied, Ledger } from '../../core/outbox/batch.ts'
import type { Attempt, Polled, TablePage } from '../../core/outbox/postgres-port.ts'
import type { Unfit } from '../../core/records/aside.ts'
import type { Collection } from '../../protocol/manifest.ts'
import type { Row } from '../../protocol/value.ts'
import { valueSchema } from '../../protocol/value-schema.ts'
import type { Registered } from '../statements/registered.ts'
import { readExternal, sqlChangesSchema } from './external-changes.ts'
import { whyUnfit } from './fit-row.ts'

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
  revoked: v.array(
    v.object({ kind: v.picklist(REVOCATION_KINDS), name: v.string(), before: seq, until: seq }),
  ),
  cursor: v.string(),
})

/** The answer to a claim: the ledger, or which epoch has the tenant. */
export const claimSchema = v.union([ledgerSchema, v.object({ owner: v.string() })])

const ledgerConflicts = [
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
  ...ledgerConflicts,
])

export const sqlPolledSchema = v.variant('is', [
  v.object({ is: v.literal('current'), outside: sqlChangesSchema }),
  ...ledgerConflicts,
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

/** The answer to a batch, its external changes in the application's names and forms. */
export function readApplied(
  byTable: ReadonlyMap<string, Registered>,
  answer: v.InferOutput<typeof sqlAppliedSchema>,
): Attempt<Applied> {
  if (!('outside' in answer)) return { ok: true, value: answer }
  const { outside, ...rest } = answer
  return { ok: true, value: { ...rest, external: readExternal(byTable, outside) } }
}

/** The answer to a poll, its external changes likewise. */
export function readPolled(
  byTable: ReadonlyMap<string, Registered>,
  answer: v.InferOutput<typeof sqlPolledSchema>,
): Attempt<Polled> {
  if (!('outside' in answer)) return { ok: true, value: answer }
  const { outside, ...rest } = answer
  return { ok: true, value: { ...rest, external: readExternal(byTable, outside) } }
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
