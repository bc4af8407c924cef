import { idStays, unknownColumn } from '../../../src/core/edits/refusals.ts'
import { mergeWithoutText } from '../../../src/core/merge/without-text.ts'
import { itemsOf, sameItems, without } from '../../../src/core/records/items.ts'
import { checkValue } from '../../../src/core/records/validate.ts'
import { sameValue } from '../../../src/core/records/value.ts'
import type { FieldOp } from '../../../src/protocol/edit.ts'
import { type WireError, wireError } from '../../../src/protocol/errors.ts'
import type { Collection, Column } from '../../../src/protocol/manifest.ts'
import type { Row, Value } from '../../../src/protocol/value.ts'
import type { TextRules } from '../api/text-rules.ts'
import { ItemList } from './item-list.ts'
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
 * @param texts the means to say what of a text has changed
 */
export function difference(
  collection: Collection,
  row: Row | undefined,
  change: (draft: Draft) => void,
  texts?: TextRules,
): Difference {
  const draft: Draft = structuredClone({ ...row })
  const lists = new Map<string, ItemList>()
  for (const { name, policy } of collection.columns) {
    if (policy.kind === 'set' && (!row || Object.hasOwn(row, name)))
      lists.set(name, ItemList.holding(itemsOf(row?.[name])))
  }
  Object.assign(draft, Object.fromEntries(lists))
  change(draft)
  const fields: Record<string, FieldOp> = {}
  for (const name of new Set([...Object.keys(row ?? {}), ...Object.keys(draft)])) {
    const value = Object.hasOwn(draft, name) && draft[name] !== undefined ? toValue(draft[name]) : null
    if (value === undefined)
      return { error: wireError('bad-value', `"${name}" is nothing JSON can carry.`, { ref: name }) }
    if (row && Object.hasOwn(row, name) && sameValue(row[name], value)) continue
    // Of a set it counts what is in it; one that was left alone is still empty where it was.
    if (lists.get(name) === draft[name] && sameItems(row?.[name], value)) continue
    const column = collection.columns.find((candidate) => candidate.name === name)
    if (!column) return { error: unknownColumn(name) }
    const op = fieldOp(column, row, value, lists.get(name) === draft[name], texts)
    if ('code' in op) return { error: op }
    fields[name] = op
  }
  return { fields }
}

/** @param isList a set was changed item by item */
function fieldOp(
  column: Column,
  row: Row | undefined,
  value: Value,
  isList: boolean,
  texts: TextRules | undefined,
): FieldOp | WireError {
  const { name, policy } = column
  if (name === 'id') return idStays()
  const current = row?.[name]
  const invalid = policy.kind === 'counter' ? undefined : checkValue(column, value)
  const incoming = operationOf(column, current, value, isList, texts)
  if ('code' in incoming) return incoming
  if (invalid) return wireError(invalid.code, invalid.message, { ref: name })
  // Without a copy there is nothing to judge it against; the server will.
  if (current === undefined && policy.kind !== 'effect') return incoming
  if ('text' in incoming) return incoming
  const merged = mergeWithoutText(policy, { current: current ?? null, incoming, concurrent: false })
  return merged.outcome === 'rejected' ? wireError(merged.code, merged.message, { ref: name }) : incoming
}

function operationOf(
  { name, policy }: Column,
  current: Value | undefined,
  value: Value,
  isList: boolean,
  texts: TextRules | undefined,
): FieldOp | WireError {
  if (policy.kind === 'counter') return countingOp(name, current, value)
  // A text that several write is changed, as far as it was seen.
  if (texts && policy.kind === 'text' && typeof current === 'string' && typeof value === 'string')
    return { text: texts.change(current, value) }
  // Whoever holds no copy says what it should be; whoever empties the field says so.
  if (policy.kind !== 'set' || value === null || (current === undefined && !isList)) return { set: value }
  const [add, remove] = [without(value, current), without(current, value)]
  return { items: { ...(add.length > 0 && { add }), ...(remove.length > 0 && { remove }) } }
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
