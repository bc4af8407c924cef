import * as v from 'valibot'

/** The way to Postgres is disturbed: edits are accepted and wait. */
export const delayedSchema = v.object({
  /** `postgres-away`: it does not answer. `parked`: it cannot take what waits until somebody mends its schema. */
  cause: v.picklist(['postgres-away', 'parked']),
  /** Milliseconds since 1970, by the server's clock. */
  since: v.number(),
  /** Edits of the whole tenant that wait. */
  waiting: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
})

/** News of the way to Postgres; null when nothing delays edits any more. */
export const healthSchema = v.tuple([v.literal('health'), v.nullable(delayedSchema)])

export type Delayed = v.InferOutput<typeof delayedSchema>
