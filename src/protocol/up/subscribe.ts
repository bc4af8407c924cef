import * as v from 'valibot'
import { epochSchema, seqSchema, smallNumberSchema } from '../id-schemas.ts'
import { PRIORITIES } from './priority.ts'

/**
 * Asks for what a query shows, live. With `resume` the client says what it holds, and proves by the
 * view's resume token that it was given it; the server answers with what changed since, or, where it
 * cannot, with a snapshot.
 */
export const subscribeSchema = v.tuple([
  v.literal('subscribe'),
  v.object({
    id: smallNumberSchema,
    /** A `Query`. Looked through by itself, so that a bad one is refused alone: `readQuery`. */
    query: v.unknown(),
    /** `medium` when absent. */
    priority: v.optional(v.picklist(PRIORITIES)),
    resume: v.optional(v.object({ epoch: epochSchema, seq: seqSchema, resumeToken: v.string() })),
  }),
])

/** Ends a subscription. */
export const unsubscribeSchema = v.tuple([v.literal('unsubscribe'), v.object({ id: smallNumberSchema })])

export type Subscribe = v.InferOutput<typeof subscribeSchema>[1]
