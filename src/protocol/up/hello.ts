import * as v from 'valibot'
import { clientIdSchema, editNumberSchema, epochSchema } from '../id-schemas.ts'
import { MAX_OWNER_LENGTH } from '../limits.ts'

/** First frame of a session. Answered by `welcome`, or by `error` and a close. */
export const helloSchema = v.tuple([
  v.literal('hello'),
  v.object({
    protocol: v.number(),
    client: clientIdSchema,
    /** Whose client it is, as the first welcome said; a token of anybody else is then refused. */
    owner: v.optional(v.pipe(v.string(), v.maxLength(MAX_OWNER_LENGTH))),
    /** The log of which the client speaks; absent on its first connection. */
    epoch: v.optional(epochSchema),
    /** Receipts up to this n have been handled; the server may forget their verdicts. */
    acknowledged: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
    /** The lowest n whose commit or revert is not known yet; reverts below it may be forgotten. */
    unsettled: editNumberSchema,
    /** The manifest the client holds, if any; it is sent again only when it differs. */
    manifest: v.optional(v.string()),
  }),
])

export type Hello = v.InferOutput<typeof helloSchema>[1]
