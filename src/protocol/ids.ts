import * as v from 'valibot'

/** A client replica's name: random, made once per replica, bound by the server to its subject. */
export const clientIdSchema = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{8,32}$/))

/** A record's id inside its collection. */
export const recordIdSchema = v.pipe(v.string(), v.minLength(1), v.maxLength(128))

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
