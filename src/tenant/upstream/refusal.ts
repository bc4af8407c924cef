import { type Refusal, UNDONE } from '../../core/outbox/batch.ts'
import { type ErrorCode, type WireError, wireError } from '../../protocol/errors.ts'

/** The meaning of a refusal by Postgres for the person whose edit it was, by SQLSTATE. */
const MEANINGS: Readonly<Record<string, { code: ErrorCode; message: string }>> = {
  '23P01': { code: 'refused-unique', message: 'Another record already has this value.' },
  '23001': {
    code: 'refused-foreign-key',
    message: 'A record this one refers to does not exist, or is still referred to.',
  },
  '23505': { code: 'refused-unique', message: 'Another record already has this value.' },
  '23503': {
    code: 'refused-foreign-key',
    message: 'A record this one refers to does not exist, or is still referred to.',
  },
  '23514': { code: 'refused-check', message: 'The database does not allow this value.' },
  '23502': { code: 'refused-not-null', message: 'A value is missing.' },
  '42501': { code: 'refused-by-rule', message: 'A rule of the database does not allow this change.' },
  '428C9': { code: 'refused-value', message: 'The database fills in a value of this record by itself.' },
  '44000': { code: 'refused-check', message: 'The database does not allow this value.' },
  TM001: { code: 'row-missing', message: 'The record is no longer in the database.' },
  TM002: { code: 'row-exists', message: 'The database already has a record with this id.' },
}

/** The classes of Postgres among those that refuse an edit. A code of any other was chosen by who wrote a rule. */
const OF_SQL = /^(09|2[0-3]|27|2F|38|39|42|44|54|55|P0)/

/**
 * The error for an edit's author. A rule's own sentence (P0001, or a code of its own) is passed on, and so is ours for
 * an edit that was undone (TM003) or withdrawn (TM020, TM021); what Postgres says of constraints is not, because it can
 * name values the author may not read.
 */
export function explain({ sqlState, message, column }: Refusal): WireError {
  const known = MEANINGS[sqlState]
  const more = column === undefined ? {} : { ref: column }
  if (known) return wireError(known.code, known.message, more)
  if (sqlState === 'TM020') return wireError('deadline', message)
  if (sqlState === UNDONE) return wireError('depends-on-reverted', message, more)
  if (sqlState === 'TM005') return wireError('refused-value', message, more)
  if (sqlState === 'P0001' || sqlState === 'TM021' || !OF_SQL.test(sqlState))
    return wireError('refused-by-rule', message, more)
  return wireError('refused-value', 'The database does not take this value.', more)
}
