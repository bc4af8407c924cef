import * as v from 'valibot'
import { nameSchema, recordIdSchema, smallNumberSchema } from '../id-schemas.ts'
import { MAX_VECTOR_LENGTH } from '../limits.ts'
import { lineageSchema } from '../text-op.ts'

/**
 * Asks for the manuscript of a text, to edit it: all of it, or what it has beyond what the client holds, which is a
 * manuscript of `lineage` up to a state vector of Yjs, in base64. Answered once, under the same number.
 */
export const readTextSchema = v.tuple([
  v.literal('read-text'),
  v.object({
    id: smallNumberSchema,
    collection: nameSchema,
    record: recordIdSchema,
    column: nameSchema,
    have: v.optional(
      v.object({ lineage: lineageSchema, vector: v.pipe(v.string(), v.maxLength(MAX_VECTOR_LENGTH)) }),
    ),
  }),
])

export type ReadText = v.InferOutput<typeof readTextSchema>[1]
