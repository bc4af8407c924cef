import type { ShownRow } from '../replica/shown-row.ts'
import type { ShownChange } from '../replica/view-changes.ts'

type Compare = (a: ShownRow, b: ShownRow) => number

/**
 * Sorted rows with some of them changed: a new list, and as much work as there are changes, besides the copy.
 *
 * @param compare a total order, in which `rows` are
 */
export function reordered(
  rows: readonly ShownRow[],
  changes: readonly ShownChange[],
  compare: Compare,
): ShownRow[] {
  const leaving = changes.flatMap(([before]) => (before ? [placeOf(rows, before, compare)] : []))
  const left = leaving.sort((a, b) => a - b)
  const entering = changes.flatMap(([, after]) => after ?? []).sort(compare)
  const result: ShownRow[] = []
  let copied = 0
  let nextLeft = 0
  const copyTo = (end: number) => {
    for (; copied < end; copied++) {
      const row = rows[copied]
      if (copied === left[nextLeft]) nextLeft++
      else if (row) result.push(row)
    }
  }
  for (const row of entering) {
    copyTo(placeOf(rows, row, compare))
    result.push(row)
  }
  copyTo(rows.length)
  return result
}

/** Where a row is, or would be. */
function placeOf(rows: readonly ShownRow[], row: ShownRow, compare: Compare): number {
  let [low, high] = [0, rows.length]
  while (low < high) {
    const middle = (low + high) >> 1
    const other = rows[middle]
    if (other && compare(other, row) < 0) low = middle + 1
    else high = middle
  }
  return low
}
