/**
 * Half of a character that takes two code units: UTF-8 has no form for it, so no database keeps it. Patterns and not
 * `isWellFormed` and `toWellFormed`, which engines have since 2023 only.
 */
const HALF = /\p{Surrogate}/u
const HALVES = /\p{Surrogate}/gu

/** Does a text hold half a character? */
export const hasHalfCharacter = (text: string): boolean => HALF.test(text)

/** The text with U+FFFD, the sign for what cannot be shown, for each half of a character. */
export const withWholeCharacters = (text: string): string => text.replace(HALVES, '\uFFFD')
