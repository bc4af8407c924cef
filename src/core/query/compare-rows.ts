import type { Order } from '../../protocol/query.ts'
import type { Row, Value } from '../../protocol/value.ts'

/**
 * Compares two values as SQLite does: null first, false before true, numbers by size, then text by code
 * points. Negative, zero or positive.
 */
export function compareValues(a: Value, b: Value): number {
  if (a === b) return 0
  if (a === null) return -1
  if (b === null) return 1
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  // Only a rule can compare a column with a value of another type.
  if (typeof a === 'string' || typeof b === 'string') return typeof a === 'string' ? 1 : -1
  return Number(a) - Number(b)
}

/** Where the code units of characters beyond 16 bits begin; those from `AFTER_SURROGATES` on come before them. */
const SURROGATES = 0xd800
const AFTER_SURROGATES = 0xe000

/** UTF-16 sorts the characters beyond 16 bits before some within; UTF-8, which SQLite compares, does not. */
function compareText(a: string, b: string): number {
  const end = Math.min(a.length, b.length)
  for (let i = 0; i < end; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)]
    if (x !== y) return x < SURROGATES || y < SURROGATES ? x - y : rank(x) - rank(y)
  }
  return a.length - b.length
}

/** Both are at or after the surrogates, which are to come last. */
const rank = (unit: number) => (unit >= AFTER_SURROGATES ? unit - AFTER_SURROGATES : unit)

/** Puts a query's rows into their order, which is total: what is equal otherwise is sorted by id. */
export function compareRows(orderBy: Order): (a: Row, b: Row) => number {
  return (a, b) => {
    for (const [column, direction] of orderBy) {
      const order = compareValues(a[column] ?? null, b[column] ?? null)
      if (order !== 0) return direction === 'asc' ? order : -order
    }
    return compareValues(a['id'] ?? null, b['id'] ?? null)
  }
}
