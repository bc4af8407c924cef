import * as v from 'valibot'

/** A client replica's name: random, made once per replica, bound by the server to its subject. */
export const clientIdSchema = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{8,32}$/))

/** UTF-16 units of a record's id. */
export const MAX_ID_LENGTH = 128

/** Control characters, and the two that Unicode itself calls line breaks. */
const UNTIDY = /[\p{Cc}\u2028\u2029]/u

/**
 * The reason why a text cannot be the id of a record, or of a tenant; undefined when it can. This is the one rule for
 * all ways in and out. Two ids are the same when their code points are: nothing is normalised.
 */
export function whyNoId(text: string): string | undefined {
  if (text === '') return 'An id cannot be empty.'
  if (text.length > MAX_ID_LENGTH) return `An id may have ${MAX_ID_LENGTH} characters.`
  if (!text.isWellFormed()) return 'An id cannot contain half a character.'
  return UNTIDY.test(text) ? 'An id cannot contain line breaks or control characters.' : undefined
}

/** An id as it travels. What it may be is judged for each edit by `whyNoId`, so that no other one is held up. */
export const recordIdSchema = v.string()

/** A collection's or column's name. Looked up in the registry, never used as text in SQL. */
export const nameSchema = v.pipe(v.string(), v.regex(/^[a-zA-Z][a-zA-Z0-9_]{0,62}$/))

/** A place in the tenant's order: 1, 2, 3 ... without gaps; 0 is "before everything". */
export const seqSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

/** An edit's number at its client: 1, 2, 3 ... without gaps. */
export const editNumberSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(1))

/** The name of one log. A restored or lost log gets a new one. */
export const epochSchema = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,32}$/))

/** A client's number for a subscription, and the server's for a view. */
export const smallNumberSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
