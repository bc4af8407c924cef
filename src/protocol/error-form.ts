import type { ErrorCode } from './errors.ts'
import { either, flag, like, number, object, type Shape, text } from './shape.ts'

/** The form of a `WireError`, by that of its code. */
export const errorFormOf = (code: Shape<ErrorCode>) =>
  object({ code, message: text, retryable: flag }, { retryAfterMs: number, ref: either(text, number) })

/**
 * The form of an error that comes down. A code that is not known here is one of a newer server: its sentence is shown
 * all the same, and a page does not carry the table of all codes.
 */
export const errorForm = errorFormOf(like(/^[a-z][a-z-]{1,40}$/))
