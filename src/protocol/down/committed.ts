import * as v from 'valibot'
import { seqSchema } from '../id-schemas.ts'

/** Everything up to here is in Postgres, or was reverted. */
export const committedSchema = v.tuple([v.literal('committed'), seqSchema])
