import * as v from 'valibot'
import { wireErrorSchema } from './error-schema.ts'
import { type WireError, wireError } from './errors.ts'
import { inspect } from './guard.ts'
import { epochSchema, nameSchema, recordIdSchema, seqSchema } from './id-schemas.ts'
import { MAX_HISTORY_ITEMS } from './limits.ts'
import type { Row } from './value.ts'
import { valueSchema } from './value-schema.ts'

/** The place of an edit in a tenant's history: seqs begin anew with each log. */
export const placeSchema = v.strictObject({ epoch: epochSchema, seq: v.pipe(seqSchema, v.minValue(1)) })

const recordSchema = { collection: nameSchema, id: recordIdSchema }

/**
 * The question about the past. A page of one record's history, the newest first, or what is older than a place; one
 * edit with all that it changed; or that a deleted record be held ready, because it is to be restored.
 */
export const historyRequestSchema = v.variant('ask', [
  v.strictObject({
    ask: v.literal('record'),
    ...recordSchema,
    before: v.exactOptional(placeSchema),
    limit: v.exactOptional(v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(MAX_HISTORY_ITEMS))),
  }),
  v.strictObject({ ask: v.literal('edit'), edit: placeSchema }),
  v.strictObject({ ask: v.literal('recall'), ...recordSchema }),
])

const rowSchema: v.GenericSchema<unknown, Row> = v.record(v.string(), valueSchema)

const changeSchema = {
  collection: v.string(),
  id: v.string(),
  kind: v.picklist(['insert', 'update', 'delete', 'restore']),
  /** Columns before and after, as far as its reader sees them. Empty where there was no record, or is none. */
  from: rowSchema,
  to: rowSchema,
  /** Columns that moved by a difference. */
  deltas: v.exactOptional(v.record(v.string(), v.number())),
}

/** A change of one record in the past, as somebody may see it. */
export const pastChangeSchema = v.object(changeSchema)

export const historyItemSchema = v.object({
  ...changeSchema,
  epoch: v.string(),
  seq: v.number(),
  /** A person, as their token named them; or who wrote in Postgres, as they named themselves. */
  author: v.string(),
  /** The client that made the edit and the edit's number there; absent for a change that was made in Postgres. */
  client: v.exactOptional(v.string()),
  n: v.exactOptional(v.number()),
  /** Milliseconds since 1970, by the server's clock. */
  at: v.number(),
  /** It is in Postgres. */
  committed: v.boolean(),
  /** Why it was undone, if it was. */
  refused: v.exactOptional(wireErrorSchema),
})

export const historyPageSchema = v.object({
  /** The log that there is now. */
  epoch: v.string(),
  /** The record as it is, with the columns its reader sees; null for a deleted one. */
  row: v.nullable(rowSchema),
  items: v.array(historyItemSchema),
  /** `unavailable`: Postgres, which has what is older, does not answer now. */
  older: v.picklist(['none', 'more', 'unavailable']),
  /** Where to go on, if there is more. */
  next: v.exactOptional(placeSchema),
})

export const pastEditSchema = v.object({ changes: v.array(pastChangeSchema) })

export type HistoryPlace = v.InferOutput<typeof placeSchema>
export type HistoryRequest = v.InferOutput<typeof historyRequestSchema>
export type PastChange = v.InferOutput<typeof pastChangeSchema>
export type HistoryItem = v.InferOutput<typeof historyItemSchema>
export type HistoryPage = v.InferOutput<typeof historyPageSchema>
export type PastEdit = v.InferOutput<typeof pastEditSchema>

/** Reads a question about the past, as an address carries it. Nothing about the text is trusted. */
export function readHistoryRequest(text: string): { request: HistoryRequest } | { error: WireError } {
  let input: unknown
  try {
    input = JSON.parse(text)
  } catch {
    return { error: wireError('bad-json', 'The text is not JSON.') }
  }
  const finding = inspect(input)
  if (finding) return { error: wireError(finding.code, finding.message) }
  const parsed = v.safeParse(historyRequestSchema, input, { abortEarly: true })
  if (parsed.success) return { request: parsed.output }
  const [issue] = parsed.issues
  const where = v.getDotPath(issue) ?? 'the top'
  return { error: wireError('bad-query', `${issue.message.slice(0, 160)} at ${where}.`) }
}
