import * as v from 'valibot'
import { epochSchema, seqSchema } from '../id-schemas.ts'
import { MAX_TAG_LENGTH, MAX_WATCHES } from '../limits.ts'

/** A tag, or the beginning of tags and a star. */
export const patternSchema = v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_TAG_LENGTH))

const patternsSchema = v.pipe(v.array(patternSchema), v.minLength(1), v.maxLength(MAX_WATCHES))

/** Asks to be told which tags are touched, and which were since a place in the log. */
export const watchSchema = v.tuple([
  v.literal('watch'),
  v.object({
    patterns: patternsSchema,
    since: v.optional(v.object({ epoch: epochSchema, seq: seqSchema })),
  }),
])

/** Ends what `watch` asked for, pattern by pattern. */
export const unwatchSchema = v.tuple([v.literal('unwatch'), patternsSchema])

export type Registry = v.InferOutput<typeof watchSchema>[1]
