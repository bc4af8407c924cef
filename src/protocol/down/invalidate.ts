import * as v from 'valibot'
import { epochSchema, seqSchema } from '../ids.ts'

/** Tags that changes up to `seq` touched; `*` alone stands for all that there are. */
export const invalidateSchema = v.tuple([
  v.literal('invalidate'),
  v.object({ epoch: epochSchema, seq: seqSchema, tags: v.array(v.string()) }),
])
