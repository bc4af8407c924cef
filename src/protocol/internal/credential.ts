import * as v from 'valibot'

/** Characters of a token's own ids. */
const MAX_ID = 256

const idSchema = v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_ID))

/**
 * The marks of a token, by which it can be revoked: when it was issued, in seconds since 1970; the id of the
 * sign-in that it came of; its own id. The names are those of the token's claims.
 */
export const tokenMarksSchema = v.object({
  iat: v.number(),
  sid: v.exactOptional(idSchema),
  jti: v.exactOptional(idSchema),
})

export type TokenMarks = v.InferOutput<typeof tokenMarksSchema>

/** A verified token, besides its claims. `expiresAt`: seconds since 1970. */
export type Credential = { readonly expiresAt: number; readonly marks: TokenMarks }

/** The marks of a token of which an earlier deployment has told nothing: whatever revokes its subject concerns it. */
export const UNMARKED: TokenMarks = { iat: 0 }
