import * as v from 'valibot'
import { CLIENT_ID, EPOCH, NAME } from './ids.ts'

/** A client replica's name: random, made once per replica, bound by the server to its subject. */
export const clientIdSchema = v.pipe(v.string(), v.regex(CLIENT_ID))

/** An id as it travels. What it may be is judged for each edit by `whyNoId`, so that no other one is held up. */
export const recordIdSchema = v.string()

/** A collection's or column's name. Looked up in the registry, never used as text in SQL. */
export const nameSchema = v.pipe(v.string(), v.regex(NAME))

/** A place in the tenant's order: 1, 2, 3 ... without gaps; 0 is "before everything". */
export const seqSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

/** An edit's number at its client: 1, 2, 3 ... without gaps. */
export const editNumberSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(1))

/** The name of one log. A restored or lost log gets a new one. */
export const epochSchema = v.pipe(v.string(), v.regex(EPOCH))

/** A client's number for a subscription, and the server's for a view. */
export const smallNumberSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
