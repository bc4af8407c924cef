import * as v from 'valibot'
import { wireErrorSchema } from '../error-schema.ts'
import { smallNumberSchema } from '../id-schemas.ts'
import { lineageSchema } from '../text-op.ts'

/** The manuscript of a text: what the client asked for of it, as an update of Yjs, and a hash of the whole text. */
const documentSchema = v.object({
  lineage: lineageSchema,
  update: v.string(),
  hash: v.string(),
  /** The update is all of it, whatever the client said it had. */
  whole: v.optional(v.literal(true)),
})

/** The answer to `read-text` of that number. */
export const textSchema = v.tuple([
  v.literal('text'),
  smallNumberSchema,
  v.union([v.object({ manuscript: documentSchema }), v.object({ error: wireErrorSchema })]),
])

export type TextAnswer = v.InferOutput<typeof textSchema>[2]
