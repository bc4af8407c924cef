import * as v from 'valibot'
import { seqSchema, smallNumberSchema } from '../id-schemas.ts'

/** The contents of views at a place in the log: the view, its rows' count and a digest of them. */
export const digestSchema = v.tuple([
  v.literal('digest'),
  seqSchema,
  v.array(v.tuple([smallNumberSchema, v.number(), v.string()])),
])
