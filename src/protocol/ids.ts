/** The form of a client id. */
export const CLIENT_ID = /^[A-Za-z0-9_-]{8,32}$/

/** The form of a collection's or column's name. */
export const NAME = /^[a-zA-Z][a-zA-Z0-9_]{0,62}$/

/** The form of an epoch. */
export const EPOCH = /^[A-Za-z0-9_-]{1,32}$/

/** UTF-16 units of a record's id. */
export const MAX_ID_LENGTH = 128

/** Half of a character that takes two code units. A pattern, as engines have `isWellFormed` since 2023 only. */
const HALF = /\p{Surrogate}/u

/** Control characters, and the two that Unicode itself calls line breaks. */
const UNTIDY = /[\p{Cc}\u2028\u2029]/u

/**
 * The reason why a text cannot be the id of a record, or of a tenant; undefined when it can. This is the one rule for
 * all ways in and out. Two ids are the same when their code points are: nothing is normalised.
 */
export function whyNoId(text: string): string | undefined {
  if (text === '') return 'An id cannot be empty.'
  if (text.length > MAX_ID_LENGTH) return `An id may have ${MAX_ID_LENGTH} characters.`
  if (HALF.test(text)) return 'An id cannot contain half a character.'
  return UNTIDY.test(text) ? 'An id cannot contain line breaks or control characters.' : undefined
}
