import type { Op } from '../../../src/protocol/edit.ts'
import type { PastChange } from '../../../src/protocol/history.ts'
import type { Row } from '../../../src/protocol/value.ts'
import { asUpdate } from '../replica/replay-op.ts'

/** The change that an operation makes of a record as its author sees it; undefined where that is not known here. */
export function changeOf(op: Op, before: Row | undefined, after: Row | undefined): PastChange | undefined {
  const { collection, id } = op
  if (op.op === 'delete') return { kind: 'delete', collection, id, from: {}, to: {} }
  if (op.op === 'insert' && before) return changeOf(asUpdate(op), before, after)
  if (op.op !== 'update') {
    const isGuess = op.op === 'insert' && op.upsert === true && op.blind === true
    return isGuess ? undefined : { kind: 'insert', collection, id, from: {}, to: {} }
  }
  if (!before || !after) return undefined
  const fields = Object.entries(op.fields)
  const valuesOf = (row: Row) => Object.fromEntries(fields.map(([name]) => [name, row[name] ?? null]))
  const deltas = Object.fromEntries(
    fields.flatMap(([name, field]) => ('add' in field ? [[name, field.add]] : [])),
  )
  return { kind: 'update', collection, id, from: valuesOf(before), to: valuesOf(after), deltas }
}
