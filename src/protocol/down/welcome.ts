import * as v from 'valibot'
import { epochSchema, seqSchema } from '../id-schemas.ts'
import { manifestSchema } from '../manifest.ts'
import { delayedSchema } from './health.ts'
import { revertSchema } from './receipt.ts'

/** Answer to hello. */
export const welcomeSchema = v.tuple([
  v.literal('welcome'),
  v.object({
    protocol: v.number(),
    session: v.string(),
    /** Names the person and the tenant of the token, for the client to repeat in its next hello. */
    owner: v.string(),
    epoch: epochSchema,
    /** The head of the log. */
    seq: seqSchema,
    /** Everything up to here is in Postgres, or was reverted. */
    committed: seqSchema,
    /** The highest n of this client that has a verdict; n + 1 is expected next. */
    known: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
    /** Reverts the client may have missed. They come before `committed` is believed. */
    reverts: v.array(revertSchema),
    manifestHash: v.string(),
    manifest: v.optional(manifestSchema),
    /** Seconds since 1970 at which the token ends. */
    expiresAt: v.number(),
    /** Set while edits are delayed on their way to Postgres. */
    delayed: v.optional(delayedSchema),
    /** The server's clock, in ms since 1970, for the client to compare with its own; absent from earlier versions. */
    now: v.optional(v.number()),
  }),
])

export type Welcome = v.InferOutput<typeof welcomeSchema>[1]
