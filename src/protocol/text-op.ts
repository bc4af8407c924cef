import * as v from 'valibot'
import { smallNumberSchema } from './id-schemas.ts'
import { MAX_PATCHES } from './limits.ts'

/**
 * A change at one place of a text as its author saw it, once the patches before it were done: what was deleted, what
 * was inserted, and what stood before the place. How long a text may be is looked at for the whole frame.
 */
export const textPatchSchema = v.tuple([smallNumberSchema, v.string(), v.string(), v.string()])

/** Names a manuscript: see `Manuscript`. */
export const lineageSchema = v.string()

/** A change of a text, said twice. Whoever cannot apply the update to the manuscript it names goes by the patches. */
export const textOpSchema = v.strictObject({
  patches: v.pipe(v.array(textPatchSchema), v.maxLength(MAX_PATCHES)),
  /** The same as an update of Yjs, in base64, and the manuscript that it was made on. */
  made: v.optional(v.strictObject({ lineage: lineageSchema, update: v.string() })),
})

export type TextPatch = v.InferOutput<typeof textPatchSchema>
export type TextOp = v.InferOutput<typeof textOpSchema>
