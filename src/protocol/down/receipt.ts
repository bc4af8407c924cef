import * as v from 'valibot'
import { wireErrorSchema } from '../error-schema.ts'
import { editNumberSchema, seqSchema } from '../id-schemas.ts'

/** An edit that Postgres refused after it had been accepted, and the seq at which it was undone. */
export const revertSchema = v.object({ n: editNumberSchema, seq: seqSchema, error: wireErrorSchema })

/** The verdict on one edit. */
export const verdictSchema = v.variant('is', [
  /** Ordered and durable. The edit is visible from `seq` on. `committed`: Postgres had it first. */
  v.object({
    is: v.literal('accepted'),
    n: editNumberSchema,
    seq: seqSchema,
    committed: v.optional(v.literal(true)),
  }),
  /** Refused without effect: for good, or, when the error is retryable, not yet. */
  v.object({ is: v.literal('rejected'), n: editNumberSchema, error: wireErrorSchema }),
  /** Undone after acceptance because Postgres refused it. */
  v.object({ is: v.literal('reverted'), n: editNumberSchema, seq: seqSchema, error: wireErrorSchema }),
])

/** Verdicts on edits, in the order of their n. */
export const receiptSchema = v.tuple([v.literal('receipt'), v.array(verdictSchema)])

export type Verdict = v.InferOutput<typeof verdictSchema>
export type Revert = v.InferOutput<typeof revertSchema>
