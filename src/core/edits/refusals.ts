import type { Op } from '../../protocol/edit.ts'
import { type WireError, wireError } from '../../protocol/errors.ts'
import type { Collection } from '../../protocol/manifest.ts'
import type { Row } from '../../protocol/value.ts'
import { completeRow } from '../records/validate.ts'

/**
 * Refusals of an operation, in the words that both sides have for them: a client says what it knows before anything is
 * sent, and the object says the same.
 */

/** The reason why an operation can be on no record of its collection, where those are only ever inserted. */
export function whyInsertOnly({ name, insertOnly }: Collection, op: Op['op']): WireError | undefined {
  if (!insertOnly || op === 'insert' || op === 'restore') return undefined
  return wireError('insert-only', `Records of "${name}" cannot ${op === 'update' ? 'change' : 'be deleted'}.`)
}

export function unknownColumn(name: string): WireError {
  return wireError('unknown-column', `"${name}" is not a column.`, { ref: name })
}

export function idStays(): WireError {
  return wireError('not-writable', 'A record keeps its id.', { ref: 'id' })
}

export function recordExists(id: string): WireError {
  return wireError('exists', `There is a record "${id}" already.`)
}

export function notFound(id: string): WireError {
  return wireError('not-found', `There is no record "${id}".`)
}

/** The whole row of a new record, or why there can be none of these values. */
export function newRow(
  collection: Collection,
  id: string,
  values: Row,
): { readonly row: Row } | { readonly error: WireError } {
  const complete = completeRow(collection, id, values)
  if ('row' in complete) return complete
  const { code, message, column } = complete.invalid
  return { error: wireError(code, message, { ref: column }) }
}
