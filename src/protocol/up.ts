import * as v from 'valibot'
import { editSchema } from './edit.ts'
import { clientIdSchema, editNumberSchema, epochSchema, seqSchema, smallNumberSchema } from './ids.ts'
import {
  MAX_EDITS_PER_PUSH,
  MAX_OWNER_LENGTH,
  MAX_TAG_LENGTH,
  MAX_TOKEN_BYTES,
  MAX_WATCHES,
} from './limits.ts'
import { querySchema } from './query.ts'

/**
 * Frames from client to server. A frame is a JSON array whose first item names its kind.
 */

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

/** From the first to give way, when there is no room for all, to the last. */
export const PRIORITIES = ['low', 'medium', 'high', 'critical'] as const

/**
 * Asks for what a query shows, live. With `resume` the client says what it holds, and proves by the
 * seal of its view that it was given it; the server answers with what changed since, or, where it
 * cannot, with a snapshot.
 */
export const subscribeSchema = v.tuple([
  v.literal('subscribe'),
  v.object({
    id: smallNumberSchema,
    query: querySchema,
    /** `medium` when absent. */
    priority: v.optional(v.picklist(PRIORITIES)),
    resume: v.optional(v.object({ epoch: epochSchema, seq: seqSchema, seal: v.string() })),
  }),
])

export const unsubscribeSchema = v.tuple([v.literal('unsubscribe'), v.object({ id: smallNumberSchema })])

/** A tag, or the beginning of tags and a star. */
const patternSchema = v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_TAG_LENGTH))

const patternsSchema = v.pipe(v.array(patternSchema), v.minLength(1), v.maxLength(MAX_WATCHES))

/** Asks to be told which tags are touched, and which were since a place in the log. */
export const watchSchema = v.tuple([
  v.literal('watch'),
  v.object({
    patterns: patternsSchema,
    since: v.optional(v.object({ epoch: epochSchema, seq: seqSchema })),
  }),
])

export const unwatchSchema = v.tuple([v.literal('unwatch'), patternsSchema])

/** How many characters of frames the client has read on this connection. */
export const seenSchema = v.tuple([v.literal('seen'), v.pipe(v.number(), v.safeInteger(), v.minValue(0))])

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
  watch: watchSchema,
  unwatch: unwatchSchema,
  seen: seenSchema,
  push: pushSchema,
  auth: authSchema,
} as const

export type Hello = v.InferOutput<typeof helloSchema>[1]
export type Priority = (typeof PRIORITIES)[number]
export type Watch = v.InferOutput<typeof watchSchema>[1]
export type Subscribe = v.InferOutput<typeof subscribeSchema>[1]
export type Up = v.InferOutput<(typeof upSchemas)[keyof typeof upSchemas]>
