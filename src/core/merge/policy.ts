import type { FieldOp } from '../../protocol/edit.ts'
import type { ErrorCode } from '../../protocol/errors.ts'
import type { Policy } from '../../protocol/manifest.ts'
import type { Value } from '../../protocol/value.ts'
import type { MetItems } from '../records/items.ts'

/** One operation meeting one field. */
export type Meeting = {
  current: Value
  incoming: FieldOp
  /** The author had not seen `current`. */
  concurrent: boolean
}

/**
 * The outcome for the field. `conflict` says that one of the two values lost without its author
 * having agreed to it, so a record of both is kept.
 */
export type Merged =
  /** `items`: what it was to a set. */
  | { outcome: 'applied'; value: Value; conflict: boolean; items?: MetItems }
  | { outcome: 'kept' }
  | { outcome: 'rejected'; code: ErrorCode; message: string }

/** The policy by which a field's values meet; of an effect's field the inner one. */
export function kindOf(policy: Policy): Exclude<Policy['kind'], 'effect'> {
  return policy.kind === 'effect' ? policy.of : policy.kind
}

/** The value that an operation gives; of a change of a text, what was inserted. */
export function givenBy(op: FieldOp): Value {
  if ('text' in op) return op.text.patches.map(([, , inserted]) => inserted).join(' ')
  if ('items' in op) return { add: op.items.add ?? [], remove: op.items.remove ?? [] }
  return 'set' in op ? op.set : op.add
}

export function applied(value: Value, conflict = false): Merged {
  return { outcome: 'applied', value, conflict }
}

export function rejected(code: ErrorCode, message: string): Merged {
  return { outcome: 'rejected', code, message }
}
