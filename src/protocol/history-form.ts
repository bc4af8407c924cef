import { errorFormOf } from './error-form.ts'
import { ERRORS, type ErrorCode } from './errors.ts'
import { EPOCH } from './ids.ts'
import { flag, is, like, list, number, object, oneOf, orNull, record, such, text, whole } from './shape.ts'
import { anyValue } from './value.ts'

/** A code that there is. */
export const knownCode = such<ErrorCode>((code) => typeof code === 'string' && Object.hasOwn(ERRORS, code))

const named = object({ epoch: like(EPOCH), seq: whole(1) })
/** It goes up again, where no other key may be in it. */
const place = such<{ epoch: string; seq: number }>(
  (given) => is(named, given) && Object.keys(given).length === 2,
)
const row = record(anyValue)
const change = {
  collection: text,
  id: text,
  kind: oneOf('insert', 'update', 'delete', 'restore'),
  from: row,
  to: row,
}
const deltas = record(number)

/** The form of a page of the past, as a client checks it: see `historyPageSchema`. */
export const historyPageForm = object(
  {
    epoch: text,
    row: orNull(row),
    items: list(
      object(
        { ...change, epoch: text, seq: number, author: text, at: number, committed: flag },
        { deltas, client: text, n: number, refused: errorFormOf(knownCode) },
      ),
    ),
    older: oneOf('none', 'more', 'unavailable'),
  },
  { next: place },
)

/** The form of an edit of the past: see `pastEditSchema`. */
export const pastEditForm = object({ changes: list(object(change, { deltas })) })
