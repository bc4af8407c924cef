import * as v from 'valibot'
import { editSchema } from './edit.ts'
import {
  clientIdSchema,
  editNumberSchema,
  epochSchema,
  nameSchema,
  seqSchema,
  smallNumberSchema,
} from './ids.ts'
import { MAX_EDITS_PER_PUSH, MAX_TOKEN_BYTES } from './limits.ts'

/**
 * Frames from client to server. A frame is a JSON array whose first item names its kind.
 */

/** First frame of a session. Answered by `welcome`, or by `error` and a close. */
export const helloSchema = v.tuple([
  v.literal('hello'),
  v.object({
    protocol: v.number(),
    client: clientIdSchema,
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

/**
 * Asks for a collection, live. With `resume` the client says what it holds; the server answers with
 * what changed since, or, where it cannot, with a snapshot.
 */
export const subscribeSchema = v.tuple([
  v.literal('subscribe'),
  v.object({
    id: smallNumberSchema,
    collection: nameSchema,
    resume: v.optional(v.object({ epoch: epochSchema, seq: seqSchema })),
  }),
])

export const unsubscribeSchema = v.tuple([v.literal('unsubscribe'), v.object({ id: smallNumberSchema })])

/** Edits in the order of their n. `acknowledged` as in hello. */
export const pushSchema = v.tuple([
  v.literal('push'),
  v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  v.pipe(v.array(editSchema), v.minLength(1), v.maxLength(MAX_EDITS_PER_PUSH)),
])

/** A fresh token for the same subject and tenant. */
export const authSchema = v.tuple([v.literal('auth'), v.pipe(v.string(), v.maxLength(MAX_TOKEN_BYTES))])

export const upSchemas = {
  hello: helloSchema,
  subscribe: subscribeSchema,
  unsubscribe: unsubscribeSchema,
  push: pushSchema,
  auth: authSchema,
} as const

export type Hello = v.InferOutput<typeof helloSchema>[1]
export type Subscribe = v.InferOutput<typeof subscribeSchema>[1]
export type Up = v.InferOutput<(typeof upSchemas)[keyof typeof upSchemas]>
