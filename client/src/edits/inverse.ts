import { mergeWithoutText } from '../../../src/core/merge/without-text.ts'
import type { FieldOp } from '../../../src/protocol/edit.ts'
import { type WireError, wireError } from '../../../src/protocol/errors.ts'
import type { Column } from '../../../src/protocol/manifest.ts'
import type { Value } from '../../../src/protocol/value.ts'

/** A field before and after the change that is to be taken back, and as it is now, where that is known. */
export type Changed = {
  readonly from: Value
  readonly to: Value
  readonly delta?: number | undefined
  readonly now?: Value | undefined
}

/** The operation that takes a change of a text back, by the texts before and after it and as it is now. */
export type InverseOfText = (from: Value, to: Value, now: Value) => FieldOp | WireError

/** The operation that takes a change of a field back, by its policy; or why there is none. */
export function inverseOf(
  { name, policy }: Column,
  { from, to, delta, now = to }: Changed,
  ofText: InverseOfText,
): FieldOp | WireError {
  const again = () => mergeWithoutText(policy, { current: now, incoming: { set: from }, concurrent: false })
  switch (policy.kind) {
    case 'counter':
      return { add: -(delta ?? numberOf(to) - numberOf(from)) }
    case 'set':
      return { items: { add: without(from, to), remove: without(to, from) } }
    case 'max':
    case 'min': {
      const merged = again()
      if (merged.outcome === 'applied' && merged.value === from) return { set: from }
      const word = policy.kind === 'max' ? 'greatest' : 'least'
      return cannot(name, `"${name}" keeps its ${word} value, so an earlier one cannot come back.`)
    }
    case 'text':
      return ofText(from, to, now)
    default: {
      const merged = again()
      if (merged.outcome === 'rejected') return wireError(merged.code, merged.message, { ref: name })
      return { set: from }
    }
  }
}

/** The items of one set that another lacks. */
function without(items: Value, others: Value): string[] {
  const [own, taken] = [toItems(items), new Set(toItems(others))]
  return own.filter((item) => !taken.has(item))
}

function toItems(value: Value): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : []
}

function numberOf(value: Value): number {
  return typeof value === 'number' ? value : 0
}

function cannot(ref: string, message: string): WireError {
  return wireError('bad-operation', message, { ref })
}
