import type { Policy } from '../../protocol/manifest.ts'
import { ask } from './ask.ts'
import { counter } from './counter.ts'
import { extreme, isExtreme } from './extreme.ts'
import { type ItemMeeting, itemSet } from './item-set.ts'
import { lww } from './lww.ts'
import { kindOf, type Merged } from './policy.ts'
import { text } from './text.ts'
import { mergeWithoutText } from './without-text.ts'

/**
 * Merges a client's operation into a field by the field's policy. The object decides with it, and
 * the client's replica replays pending edits with it, so both arrive at the same value.
 */
export function merge(policy: Policy, meeting: ItemMeeting): Merged {
  if (policy.kind === 'text') return text(meeting)
  return policy.kind === 'ask' ? ask(meeting) : mergeWithoutText(policy, meeting)
}

/** Merges what an effect writes: the guards that hold clients back do not hold for it. */
export function mergeEffect(policy: Policy, meeting: ItemMeeting): Merged {
  const kind = kindOf(policy)
  if (kind === 'set') return itemSet(meeting)
  if (kind === 'counter') return counter(meeting)
  if (kind === 'text') return text(meeting)
  return isExtreme(kind) ? extreme(kind, meeting) : lww(meeting)
}
