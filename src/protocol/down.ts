import * as v from 'valibot'
import { wireErrorSchema } from './errors.ts'
import {
  editNumberSchema,
  epochSchema,
  nameSchema,
  recordIdSchema,
  seqSchema,
  smallNumberSchema,
} from './ids.ts'
import { manifestSchema } from './manifest.ts'
import { type Value, valueSchema } from './value.ts'

/**
 * Frames from server to client. A frame is a JSON array whose first item names its kind. Rows
 * travel as arrays against a view's column list, which takes about half the bytes of objects.
 */

/** An edit that Postgres refused after it had been accepted, and the seq at which it was undone. */
export const revertSchema = v.object({ n: editNumberSchema, seq: seqSchema, error: wireErrorSchema })

/** The way to Postgres is disturbed: edits are accepted and wait. */
export const delayedSchema = v.object({
  /** `postgres-away`: it does not answer. `parked`: it cannot take what waits until somebody mends its schema. */
  cause: v.picklist(['postgres-away', 'parked']),
  /** Milliseconds since 1970, by the server's clock. */
  since: v.number(),
  /** Edits of the whole tenant that wait. */
  waiting: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
})

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
  }),
])

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
    seal: v.string(),
    /** What the client holds of it stays, and an interval brings it up to date; else a snapshot follows. */
    resumed: v.optional(v.literal(true)),
  }),
])

/**
 * One page of a snapshot, as of `seq`. What changes while later pages come is in `rows` frames between
 * them. With the last page all of it becomes visible, as of the session's cursor.
 */
export const pageSchema = v.tuple([
  v.literal('page'),
  v.object({
    view: smallNumberSchema,
    seq: seqSchema,
    rows: v.array(v.array(valueSchema)),
    last: v.boolean(),
    /** Rows in the whole snapshot. */
    total: v.number(),
  }),
])

/** A changed record: id, then column number and value in turn. */
export const patchSchema = v.tupleWithRest([recordIdSchema], valueSchema)

/** What changed in one view: whole rows, patches, ids that left. */
export type Part = readonly [view: number, puts: Value[][], patches: Patch[], leaves: string[]]

/** As it travels: patches first, because most parts have nothing else, and without empty lists at its end. */
const partSchema = v.tuple([
  smallNumberSchema,
  v.array(patchSchema),
  v.optional(v.array(v.array(valueSchema))),
  v.optional(v.array(recordIdSchema)),
])

type PackedPart = v.InferOutput<typeof partSchema>

/**
 * What the interval (from, to] changed in the session's views, each record once at its last state.
 * Applied only when `from` is the client's cursor; anything else is a lost frame. It travels with its length in
 * the place of `to`.
 */
export type Rows = readonly ['rows', from: number, to: number, parts: readonly Part[]]

export const rowsSchema = v.pipe(
  v.tuple([v.literal('rows'), seqSchema, seqSchema, v.array(partSchema)]),
  v.transform(unpackRows),
)

function unpackRows([kind, from, length, packed]: ['rows', number, number, PackedPart[]]): Rows {
  const parts = packed.map(([view, patches, puts = [], leaves = []]): Part => [view, puts, patches, leaves])
  return [kind, from, from + length, parts]
}

/** An interval as it travels. */
export function packRows([kind, from, to, parts]: Rows): unknown[] {
  return [kind, from, to - from, parts.map(packPart)]
}

function packPart([view, puts, patches, leaves]: Part): unknown[] {
  if (leaves.length > 0) return [view, patches, puts, leaves]
  return puts.length > 0 ? [view, patches, puts] : [view, patches]
}

/** The verdict on one edit. */
export const verdictSchema = v.variant('is', [
  /** Ordered and durable. The edit is visible from `seq` on. `committed`: Postgres had it first. */
  v.object({
    is: v.literal('accepted'),
    n: editNumberSchema,
    seq: seqSchema,
    committed: v.optional(v.literal(true)),
  }),
  /** Refused without effect: for good, or, when the error is retryable, not yet. */
  v.object({ is: v.literal('rejected'), n: editNumberSchema, error: wireErrorSchema }),
  /** Undone after acceptance because Postgres refused it. */
  v.object({ is: v.literal('reverted'), n: editNumberSchema, seq: seqSchema, error: wireErrorSchema }),
])

/** Tags that changes up to `seq` touched; `*` alone stands for all that there are. */
export const invalidateSchema = v.tuple([
  v.literal('invalidate'),
  v.object({ epoch: epochSchema, seq: seqSchema, tags: v.array(v.string()) }),
])

/** A subscription gave way to others of higher priority. It comes back by itself when there is room. */
export const evictedSchema = v.tuple([v.literal('evicted'), v.object({ subscription: smallNumberSchema })])

/** What views hold at a place in the log: the view, its rows' count and a digest of them. */
export const digestSchema = v.tuple([
  v.literal('digest'),
  seqSchema,
  v.array(v.tuple([smallNumberSchema, v.number(), v.string()])),
])

/**
 * Records of a collection that Postgres holds and nobody can be shown, each with the reason; null once that is
 * over. They are in no row and no query.
 */
export const asideSchema = v.tuple([
  v.literal('aside'),
  v.object({ collection: nameSchema, records: v.array(v.tuple([v.string(), v.nullable(v.string())])) }),
])

export const receiptSchema = v.tuple([v.literal('receipt'), v.array(verdictSchema)])

export const committedSchema = v.tuple([v.literal('committed'), seqSchema])

/** The token ends soon; an `auth` frame keeps the session. */
export const expiringSchema = v.tuple([v.literal('expiring'), v.object({ expiresAt: v.number() })])

/** What has changed about the way to Postgres; null when nothing delays edits any more. */
export const healthSchema = v.tuple([v.literal('health'), v.nullable(delayedSchema)])

/** Loading from Postgres: rows done, and how many there are. */
export const progressSchema = v.tuple([
  v.literal('progress'),
  v.object({ collection: nameSchema, done: v.number(), total: v.number() }),
])

/** The client's state is of another log: drop it, keep unfinished edits, subscribe anew. */
export const resetSchema = v.tuple([v.literal('reset'), v.object({ epoch: epochSchema, reason: v.string() })])

export const errorSchema = v.tuple([v.literal('error'), wireErrorSchema])

export const downSchemas = {
  welcome: welcomeSchema,
  view: viewSchema,
  page: pageSchema,
  rows: rowsSchema,
  receipt: receiptSchema,
  invalidate: invalidateSchema,
  evicted: evictedSchema,
  digest: digestSchema,
  aside: asideSchema,
  committed: committedSchema,
  expiring: expiringSchema,
  health: healthSchema,
  progress: progressSchema,
  reset: resetSchema,
  error: errorSchema,
} as const

export type Welcome = v.InferOutput<typeof welcomeSchema>[1]
export type Delayed = v.InferOutput<typeof delayedSchema>
export type Page = v.InferOutput<typeof pageSchema>[1]
export type Aside = v.InferOutput<typeof asideSchema>[1]
export type Patch = v.InferOutput<typeof patchSchema>
export type Verdict = v.InferOutput<typeof verdictSchema>
export type Revert = v.InferOutput<typeof revertSchema>
export type Down = v.InferOutput<(typeof downSchemas)[keyof typeof downSchemas]>
