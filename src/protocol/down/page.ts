import * as v from 'valibot'
import { seqSchema, smallNumberSchema } from '../id-schemas.ts'
import { valueSchema } from '../value-schema.ts'

/**
 * One page of a snapshot, as of `seq`. What changes while later pages come is in `rows` frames between
 * them. With the last page all of it becomes visible, as of the session's cursor.
 */
export const pageSchema = v.tuple([
  v.literal('page'),
  v.object({
    view: smallNumberSchema,
    seq: seqSchema,
    rows: v.array(v.array(valueSchema)),
    last: v.boolean(),
    /** Rows in the whole snapshot. */
    total: v.number(),
  }),
])

export type Page = v.InferOutput<typeof pageSchema>[1]
