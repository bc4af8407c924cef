import type { Value } from '../../protocol/value.ts'

/** About as many characters as a value has in JSON, for a look that costs next to nothing. */
export function roughSize(value: Value): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 8
  return Object.values(value).reduce<number>((sum, item) => sum + roughSize(item), 8)
}
