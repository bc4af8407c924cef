import type { Policy } from '../../protocol/manifest.ts'
import { counter } from './counter.ts'
import { extreme } from './extreme.ts'
import { immutable } from './immutable.ts'
import { type ItemMeeting, itemSet } from './item-set.ts'
import { lww } from './lww.ts'
import { type Merged, rejected } from './policy.ts'
import { states } from './states.ts'

/**
 * Merges a client's operation into a field by the field's policy, as `merge` does, by whoever has not the object's means:
 * a text that is set is what was set, and a change of one is not known.
 */
export function mergeWithoutText(policy: Policy, meeting: ItemMeeting): Merged {
  switch (policy.kind) {
    case 'lww':
    case 'text':
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
    case 'set':
      return itemSet(meeting)
    // Whether a person has to be asked, and what the application's function makes of two values, is known in the
    // object alone: until it says, the value is shown that was written last.
    case 'ask':
    case 'merge':
      return lww({ ...meeting, concurrent: false })
    case 'effect':
      return rejected('effect-only', 'This field is written by the application itself.')
  }
}
