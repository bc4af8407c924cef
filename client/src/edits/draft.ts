import { merge } from '../../../src/core/merge/merge.ts'
import { checkValue } from '../../../src/core/records/validate.ts'
import { sameValue } from '../../../src/core/records/value.ts'
import type { FieldOp } from '../../../src/protocol/edit.ts'
import { type WireError, wireError } from '../../../src/protocol/errors.ts'
import type { Collection, Column } from '../../../src/protocol/manifest.ts'
import type { Row, Value } from '../../../src/protocol/value.ts'
import { toValue } from './json.ts'

/** A record's copy that a caller's function may change at will. */
export type Draft = Record<string, unknown>

export type Difference =
  | { readonly fields: Readonly<Record<string, FieldOp>> }
  | { readonly error: WireError }

/**
 * The changes that a caller's function made to a record, as operations by the policy of each field: a counter's
 * new value becomes the difference, so that it adds up with what others do.
 *
 * @param row the record as its author sees it; undefined when the author holds no copy of it
 */
export function difference(
  collection: Collection,
  row: Row | undefined,
  change: (draft: Draft) => void,
): Difference {
  const draft: Draft = structuredClone({ ...row })
  change(draft)
  const fields: Record<string, FieldOp> = {}
  for (const name of new Set([...Object.keys(row ?? {}), ...Object.keys(draft)])) {
    const value = Object.hasOwn(draft, name) && draft[name] !== undefined ? toValue(draft[name]) : null
    if (value === undefined)
      return { error: wireError('bad-value', `"${name}" is nothing JSON can carry.`, { ref: name }) }
    if (row && Object.hasOwn(row, name) && sameValue(row[name], value)) continue
    const column = collection.columns.find((candidate) => candidate.name === name)
    if (!column) return { error: wireError('unknown-column', `"${name}" is not a column.`, { ref: name }) }
    const op = fieldOp(column, row, value)
    if ('code' in op) return { error: op }
    fields[name] = op
  }
  return { fields }
}

function fieldOp(column: Column, row: Row | undefined, value: Value): FieldOp | WireError {
  const { name, policy } = column
  if (name === 'id') return wireError('not-writable', 'A record keeps its id.', { ref: name })
  const current = row?.[name]
  const incoming = policy.kind === 'counter' ? countingOp(name, current, value) : { set: value }
  if ('code' in incoming) return incoming
  const invalid = 'set' in incoming ? checkValue(column, value) : undefined
  if (invalid) return wireError(invalid.code, invalid.message, { ref: name })
  // Without a copy there is nothing to judge it against; the server will.
  if (current === undefined && policy.kind !== 'effect') return incoming
  const merged = merge(policy, { current: current ?? null, incoming, concurrent: false })
  return merged.outcome === 'rejected' ? wireError(merged.code, merged.message, { ref: name }) : incoming
}

function countingOp(name: string, current: Value | undefined, value: Value): FieldOp | WireError {
  if (typeof current !== 'number' || typeof value !== 'number') {
    const message =
      current === undefined
        ? `"${name}" counts, and the record is not loaded: a live query has to hold it first.`
        : `"${name}" counts: it takes a number.`
    return wireError('bad-value', message, { ref: name })
  }
  return { add: value - current }
}
