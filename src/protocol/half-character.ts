/**
 * Half of a character that takes two code units: UTF-8 has no form for it, so no database keeps it. A pattern and not
 * `isWellFormed`, which engines have since 2023 only.
 */
export const HALF_CHARACTER = /\p{Surrogate}/u
