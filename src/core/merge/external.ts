import type { Policy } from '../../protocol/manifest.ts'
import type { Value } from '../../protocol/value.ts'
import type { SafeMerge } from '../app/merging.ts'
import type { MetItems } from '../records/items.ts'
import { sameValue } from '../records/value.ts'
import { mergeChangedText } from '../text/merge-texts.ts'
import { extremeOf, isExtreme } from './extreme.ts'
import { itemSetInPostgres } from './item-set.ts'
import { kindOf } from './policy.ts'
import { states } from './states.ts'

/** A change that somebody made in Postgres meeting one field of the object. */
export type ExternalMeeting = {
  readonly current: Value
  /** What Postgres held before and holds now. */
  readonly before: Value
  readonly after: Value
  /** Its author had not seen `current`. */
  readonly concurrent: boolean
  /** Of an item of a set, whether somebody added it unseen. */
  readonly isUnseen?: ((item: string) => boolean) | undefined
  /** By the application's function, for a column that has one. */
  readonly merge?: SafeMerge | undefined
}

/**
 * The outcome for the field. `add` is set where the change counts as a delta. `kept`: the current
 * value stays, and Postgres has to be told.
 */
export type ExternalMerged =
  | {
      readonly outcome: 'applied'
      readonly value: Value
      readonly add?: number
      readonly items?: MetItems
      readonly conflict: boolean
    }
  | { readonly outcome: 'kept' }

/**
 * Merges an external change into a field. Made in sight of the current value it takes effect whatever
 * the policy, because policies guard clients and Postgres is the truth. Concurrent ones follow it.
 */
export function mergeExternal(policy: Policy, meeting: ExternalMeeting): ExternalMerged {
  const { current, before, after, concurrent } = meeting
  // Deltas of clients that are still on their way to Postgres are in `current` and not in `after`.
  if (isCounter(policy)) {
    const add = toNumber(after) - toNumber(before)
    const value = sameValue(current, before) ? after : toNumber(current) + add
    return { outcome: 'applied', value, add, conflict: false }
  }
  if (policy.kind === 'set')
    return { outcome: 'applied', ...itemSetInPostgres(meeting, meeting.isUnseen), conflict: false }
  // What clients have on their way is in `current` here, too, whoever wrote the text last.
  if (policy.kind === 'text')
    return { outcome: 'applied', value: mergeChangedText(before, after, current), conflict: false }
  if (!concurrent || sameValue(current, after)) return { outcome: 'applied', value: after, conflict: false }
  const kind = kindOf(policy)
  if (isExtreme(kind)) {
    const isExceeded = sameValue(extremeOf(kind, current, after), current)
    return isExceeded ? { outcome: 'kept' } : { outcome: 'applied', value: after, conflict: false }
  }
  switch (policy.kind) {
    case 'immutable':
    case 'ask':
      return { outcome: 'kept' }
    case 'merge': {
      // A function that fails refuses nothing here: what Postgres holds is the truth, and the other is kept.
      const value = meeting.merge?.(before, current, after) ?? after
      return { outcome: 'applied', value, conflict: true }
    }
    case 'states': {
      const merged = states(policy.transitions, { current, incoming: { set: after }, concurrent })
      return merged.outcome === 'applied' ? merged : { outcome: 'kept' }
    }
    default:
      return { outcome: 'applied', value: after, conflict: true }
  }
}

/** Whether a column's writes are deltas that add up. */
export function isCounter(policy: Policy): boolean {
  return kindOf(policy) === 'counter'
}

/** An empty counter counts as nothing, as it does in Postgres. */
export function toNumber(value: Value): number {
  return typeof value === 'number' ? value : 0
}
