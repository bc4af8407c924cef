import * as v from 'valibot'
import { smallNumberSchema } from '../id-schemas.ts'

/** A subscription gave way to others of higher priority. It comes back by itself when there is room. */
export const evictedSchema = v.tuple([v.literal('evicted'), v.object({ subscription: smallNumberSchema })])
