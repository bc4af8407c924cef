import type { AnyPolicy } from '../core/app/policies.ts'
import { isExtreme } from '../core/merge/extreme.ts'
import { kindOf } from '../core/merge/policy.ts'
import { type ColumnType, type Policy, policySchema } from '../protocol/manifest.ts'
import type { Typed } from './column-form.ts'

const INNER: readonly string[] = ['lww', 'counter', 'max', 'min']

const NUMBERS: readonly ColumnType[] = ['integer', 'bigint', 'number']
const ORDERED: readonly ColumnType[] = [...NUMBERS, 'date', 'timestamp']

const KINDS = policySchema.options.map(({ entries }) => entries.kind.literal)

/** The reason why what was declared is no policy, for an application without types. */
export function whyUnknown(policy: AnyPolicy | undefined): string | undefined {
  if (policy === undefined) return undefined
  if (!KINDS.includes(policy.kind)) return `has no policy: known are ${KINDS.join(', ')}`
  if (policy.kind === 'merge' && typeof policy.by !== 'function') return 'needs merge() with a function'
  const inner = policy.kind === 'effect' ? policy.of : 'lww'
  return INNER.includes(inner)
    ? undefined
    : `cannot be effect(${inner}()): effects write by ${INNER.join(', ')}`
}

/** A column that can be synced, as far as a policy asks about it. */
type Synced = Exclude<Typed, { readonly instead: string }> & { readonly hasValues: boolean }

/** The reason why a policy does not fit a column's type, and what does; undefined where it fits. */
export function whyUnfit(
  policy: Policy,
  { type, form, hasValues, ordered = ORDERED.includes(type) }: Synced,
): string | undefined {
  const kind = kindOf(policy)
  const is = `is ${type}, and ${kind}()`
  if (isExtreme(kind) && !ordered) return `${is} is for numbers, dates and times: texts have no one order`
  if (kind === 'counter' && !NUMBERS.includes(type)) return `${is} is for numbers`
  if (kind === 'counter' && type === 'number' && form)
    return 'adds otherwise in Postgres than elsewhere: counter() is for whole numbers and double precision'
  if (kind === 'set' && type !== 'text[]') return `${is} is for lists of texts, which are text[]`
  if (kind === 'text' && (type !== 'text' || hasValues)) return `${is} is for texts that people write`
  if (kind === 'text' && form) return 'is of a form, and text() is for texts that people write: write text'
  return kind === 'states' && type !== 'text' ? `${is} is for text` : undefined
}
