/**
 * Half of a character that takes two code units: UTF-8 has no form for it, so no database keeps it. A pattern and
 * not `isWellFormed`, which engines have since 2023 only.
 */
const HALF = /\p{Surrogate}/u

/** Does a text hold half a character? */
export const hasHalfCharacter = (text: string): boolean => HALF.test(text)
