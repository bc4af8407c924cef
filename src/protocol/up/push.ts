import * as v from 'valibot'
import { editSchema } from '../edit.ts'
import { MAX_EDITS_PER_PUSH } from '../limits.ts'

/** Edits in the order of their n. `acknowledged` as in hello. */
export const pushSchema = v.tuple([
  v.literal('push'),
  v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  v.pipe(v.array(editSchema), v.minLength(1), v.maxLength(MAX_EDITS_PER_PUSH)),
])
