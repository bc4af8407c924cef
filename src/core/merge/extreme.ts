import type { Policy } from '../../protocol/manifest.ts'
import type { Value } from '../../protocol/value.ts'
import { applied, type Meeting, type Merged, rejected } from './policy.ts'

type Kind = 'max' | 'min'

/** Whether a field keeps the greatest or the least of its values. */
export function isExtreme(kind: Policy['kind']): kind is Kind {
  return kind === 'max' || kind === 'min'
}

/**
 * The greatest value stays, or for `min` the least, in whatever order they come and whoever had seen what. A write
 * that the one there exceeds comes to nothing: the policy says so, so it is no conflict.
 */
export function extreme(kind: Kind, { current, incoming }: Meeting): Merged {
  if (!('set' in incoming)) return rejected('bad-operation', 'This field is set, not added to.')
  return applied(extremeOf(kind, current, incoming.set))
}

/** The greater or lesser of two values of one column; an empty one gives way to any. Dates order as their texts do. */
export function extremeOf(kind: Kind, a: Value, b: Value): Value {
  if (a === null || b === null) return a ?? b
  return b > a === (kind === 'max') ? b : a
}
