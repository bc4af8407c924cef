import { sameValue } from '../records/value.ts'
import { applied, type Meeting, type Merged, rejected } from './policy.ts'

/** The value that is there stays until a person has decided; one that was written in sight of it takes effect. */
export function ask({ current, incoming, concurrent }: Meeting): Merged {
  if (!('set' in incoming)) return rejected('bad-operation', 'This field is set, not added to.')
  if (concurrent && !sameValue(current, incoming.set)) return { outcome: 'kept' }
  return applied(incoming.set)
}
