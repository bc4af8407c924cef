import * as v from 'valibot'
import { nameSchema } from '../id-schemas.ts'

/**
 * Records of a collection that Postgres holds and nobody can be shown, each with the reason; null once that is
 * over. They are in no row and no query.
 */
export const asideSchema = v.tuple([
  v.literal('aside'),
  v.object({ collection: nameSchema, records: v.array(v.tuple([v.string(), v.nullable(v.string())])) }),
])

export type Aside = v.InferOutput<typeof asideSchema>[1]
