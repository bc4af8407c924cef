import type { SafeMerge } from '../app/merging.ts'
import type { Base } from '../log/base-of.ts'
import { sameValue } from '../records/value.ts'
import { applied, type Meeting, type Merged, rejected } from './policy.ts'

/**
 * Merges by the application's own function, which the object alone has. One that was written in sight of what is
 * there takes effect; of two that were not, the function makes one, and whoever's it is not is a conflict.
 */
export function mergeBy(
  merge: SafeMerge | undefined,
  base: (() => Base) | undefined,
  { current, incoming, concurrent }: Meeting,
): Merged {
  if (!('set' in incoming)) return rejected('bad-operation', 'This field is set, not added to.')
  const { set } = incoming
  if (!concurrent || sameValue(current, set)) return applied(set)
  const value = merge?.(base?.()?.value, current, set)
  if (value === undefined) {
    return rejected('bad-value', 'What you wrote could not be merged with what others had written meanwhile.')
  }
  return applied(value, true)
}
