import { sameValue } from '../records/value.ts'
import { applied, type Meeting, type Merged, rejected } from './policy.ts'

/** The later in tenant order wins. A value overwritten unseen is kept in a conflict record. */
export function lww({ current, incoming, concurrent }: Meeting): Merged {
  if (!('set' in incoming)) return rejected('bad-operation', 'This field is set, not added to.')
  return applied(incoming.set, concurrent && !sameValue(current, incoming.set))
}
