import * as v from 'valibot'
import { ERRORS, type ErrorCode, LATER_CODES, LOCAL_CODES } from './errors.ts'

const codes = Object.keys(ERRORS).filter(
  (key): key is ErrorCode => key in ERRORS && !LOCAL_CODES.has(key) && !LATER_CODES.has(key),
)

/** The schema of a `WireError`. */
export const wireErrorSchema = v.object({
  code: v.picklist(codes),
  message: v.string(),
  retryable: v.boolean(),
  retryAfterMs: v.optional(v.number()),
  ref: v.optional(v.union([v.string(), v.number()])),
})
