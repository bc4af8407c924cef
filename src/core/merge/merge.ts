import type { Policy } from '../../protocol/manifest.ts'
import { counter } from './counter.ts'
import { extreme, isExtreme } from './extreme.ts'
import { immutable } from './immutable.ts'
import { lww } from './lww.ts'
import { kindOf, type Meeting, type Merged, rejected } from './policy.ts'
import { states } from './states.ts'

/**
 * Merges a client's operation into a field by the field's policy. The object decides with it, and
 * the client's replica replays pending edits with it, so both arrive at the same value.
 */
export function merge(policy: Policy, meeting: Meeting): Merged {
  switch (policy.kind) {
    case 'lww':
      return lww(meeting)
    case 'counter':
      return counter(meeting)
    case 'immutable':
      return immutable(meeting)
    case 'states':
      return states(policy.transitions, meeting)
    case 'max':
    case 'min':
      return extreme(policy.kind, meeting)
    case 'effect':
      return rejected('effect-only', 'This field is written by the application itself.')
  }
}

/** Merges what an effect writes: the guards that hold clients back do not hold for it. */
export function mergeEffect(policy: Policy, meeting: Meeting): Merged {
  const kind = kindOf(policy)
  if (kind === 'counter') return counter(meeting)
  return isExtreme(kind) ? extreme(kind, meeting) : lww(meeting)
}
