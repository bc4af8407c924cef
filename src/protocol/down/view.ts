import * as v from 'valibot'
import { nameSchema, smallNumberSchema } from '../id-schemas.ts'

/**
 * Names a subscription's view and the columns its rows are written in; the first is the id. Comes again
 * when a person's rights have changed: what the subscription showed is then replaced by a snapshot.
 */
export const viewSchema = v.tuple([
  v.literal('view'),
  v.object({
    subscription: smallNumberSchema,
    view: smallNumberSchema,
    columns: v.array(nameSchema),
    /** Proves later that this client was given this view. */
    resumeToken: v.string(),
    /** What the client holds of it stays, and an interval brings it up to date; else a snapshot follows. */
    resumed: v.optional(v.literal(true)),
  }),
])
