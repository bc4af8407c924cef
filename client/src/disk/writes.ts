import { checkValue } from '../../../src/core/records/validate.ts'
import { sameValue } from '../../../src/core/records/value.ts'
import type { FieldOp } from '../../../src/protocol/edit.ts'
import { wireError } from '../../../src/protocol/errors.ts'
import type { Collection } from '../../../src/protocol/manifest.ts'
import type { Value } from '../../../src/protocol/value.ts'
import type { Difference } from '../edits/draft.ts'
import { toValue } from '../edits/json.ts'

type Fields = Readonly<Record<string, FieldOp>>

/** The values of an update as a person reads them: what a field was set to, or the change of it. */
export function valuesOf(fields: Fields): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, op]) => [name, readable(op)]))
}

/** The update that such values say. What is as it was stays the operation that it was. */
export function updateOf(
  { columns }: Collection,
  fields: Fields,
  values: Readonly<Record<string, unknown>>,
): Difference {
  const ops: Record<string, FieldOp> = {}
  for (const [name, given] of Object.entries(values)) {
    const column = columns.find((candidate) => candidate.name === name)
    if (!column) return { error: wireError('unknown-column', `"${name}" is not a column.`, { ref: name }) }
    const before = Object.hasOwn(fields, name) ? fields[name] : undefined
    const value = toValue(given)
    if (value === undefined)
      return { error: wireError('bad-value', `"${name}" is nothing JSON can carry.`, { ref: name }) }
    if (before && sameValue(toValue(readable(before)), value)) {
      ops[name] = before
      continue
    }
    const counted = before && 'add' in before ? addedBy(value) : undefined
    const invalid = counted === undefined ? checkValue(column, value) : undefined
    if (invalid) return { error: wireError(invalid.code, invalid.message, { ref: name }) }
    ops[name] = counted === undefined ? { set: value } : { add: counted }
  }
  return { fields: ops }
}

function addedBy(value: Value): number | undefined {
  if (typeof value !== 'object' || value === null || !('add' in value)) return undefined
  const { add } = value
  return typeof add === 'number' ? add : undefined
}

function readable(op: FieldOp): unknown {
  if ('set' in op) return op.set
  if ('items' in op) return op.items
  return 'text' in op ? op.text : { add: op.add }
}
