import { applied, type Meeting, type Merged, rejected } from './policy.ts'

/** Deltas add up, so concurrent ones never conflict. */
export function counter({ current, incoming }: Meeting): Merged {
  if (!('add' in incoming)) return rejected('bad-operation', 'This field is added to, not set.')
  const sum = (typeof current === 'number' ? current : 0) + incoming.add
  if (!Number.isSafeInteger(sum)) return rejected('bad-value', 'The sum is not a whole number that fits.')
  return applied(sum)
}
