import { sameValue } from '../records/value.ts'
import { applied, type Meeting, type Merged, rejected } from './policy.ts'

/** The first write stays. Writing the same value again is no change. */
export function immutable({ current, incoming }: Meeting): Merged {
  if ('set' in incoming && sameValue(current, incoming.set)) return applied(current)
  return rejected('immutable', 'This field cannot change once it is written.')
}
