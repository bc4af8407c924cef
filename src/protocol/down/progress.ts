import * as v from 'valibot'
import { nameSchema } from '../id-schemas.ts'

/** Loading from Postgres: rows done, and how many there are. */
export const progressSchema = v.tuple([
  v.literal('progress'),
  v.object({ collection: nameSchema, done: v.number(), total: v.number() }),
])
