import * as v from 'valibot'
import { MAX_REPORTED_BUCKETS } from '../limits.ts'

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

/** Times in ms, as `Histogram.pack` gives them. */
const distribution = v.pipe(v.array(whole), v.minLength(3), v.maxLength(1 + 2 * MAX_REPORTED_BUCKETS))

/**
 * A report: what a client has measured since its last one. Follows what it sends anyway, and is not answered. What it says
 * is believed within bounds only.
 */
export const metricsSchema = v.tuple([
  v.literal('metrics'),
  v.strictObject({
    /** From the acceptance of others' edits until the page was told of them. */
    delivery: v.optional(distribution),
    /** From the first sending of own edits until they were known to be accepted, and to be in Postgres. */
    accepted: v.optional(distribution),
    committed: v.optional(distribution),
    /** From the loss of the connection until the page was live again. */
    recovery: v.optional(distribution),
    /** Queries that were fetched anew after they had been live. */
    resyncs: v.optional(whole),
    /** Bytes received. */
    bytes: v.optional(whole),
    /** Milliseconds times subscriptions, while the page was live. */
    subscribed: v.optional(whole),
  }),
])

export type Report = v.InferOutput<typeof metricsSchema>[1]
