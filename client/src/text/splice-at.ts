import type { Splice } from '../../../src/core/text/difference.ts'

/**
 * The splice that was typed, where the caret is behind it: what follows the caret is as it was. It tells apart which of two equal
 * letters is the new one; undefined where the texts do not differ in one place that ends at the caret.
 */
export function spliceAt(before: string, after: string, caret: number): Splice | undefined {
  const rest = after.slice(caret)
  if (!before.endsWith(rest)) return undefined
  const end = before.length - rest.length
  let start = 0
  while (start < Math.min(caret, end) && before[start] === after[start]) start++
  // A character that takes two units goes or comes as a whole.
  if (/[\ud800-\udbff]/.test(before[start - 1] ?? '')) start--
  if (start === end && start === caret) return undefined
  return { at: start, deleted: end - start, inserted: after.slice(start, caret) }
}
