import { utf8Length } from '../../protocol/utf8-length.ts'
import type { Row } from '../../protocol/value.ts'
import type { RowEvent } from './events.ts'

/** Bytes of a record's JSON: with what is kept beside it, it is one value of SQLite, of which 2 MB is the limit. */
export const MAX_RECORD_BYTES = 1_900_000

/** Bytes of one row's change: the log keeps it once as it was made and once as what it came to, in one such value. */
const MAX_CHANGE_BYTES = 900_000

/** A row's change as the log can keep it: one that is too large sets its record aside. */
export function fitLog(change: RowEvent): RowEvent {
  const { collection, id, before, after } = change
  if (bytesOf(before) + bytesOf(after) <= MAX_CHANGE_BYTES) return change
  const place = { collection, id, before: {}, after: {} }
  // What is gone says all by its id.
  if (change.kind === 'delete') return { ...place, kind: 'delete' }
  const reason = `It has changed by more than ${MAX_CHANGE_BYTES} bytes at once.`
  return { ...place, kind: 'aside', reason: change.kind === 'aside' ? change.reason : reason }
}

/** Bytes of a row as JSON in UTF-8, counted where it is long; less for one that could not be too much anyway. */
export function bytesOf(row: Row): number {
  const text = JSON.stringify(row)
  // A unit is three bytes at the most.
  return text.length * 3 <= MAX_CHANGE_BYTES / 2 ? text.length : utf8Length(text)
}
