import * as v from 'valibot'
import { epochSchema, seqSchema } from '../id-schemas.ts'

/** Tags that changes up to `seq` touched; `*` alone stands for all that there are. */
export const invalidateSchema = v.tuple([
  v.literal('invalidate'),
  v.object({
    epoch: epochSchema,
    seq: seqSchema,
    tags: v.array(v.string()),
    /** Answers `watch`: what that asked for is watched from here on. */
    watched: v.optional(v.literal(true)),
  }),
])

export type InvalidateNews = v.InferOutput<typeof invalidateSchema>[1]
