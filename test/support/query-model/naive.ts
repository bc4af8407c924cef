import type { Rights } from '../../../src/core/query/view.ts'
import type { Filter, Query } from '../../../src/protocol/query.ts'
import type { Row, Value } from '../../../src/protocol/value.ts'

/**
 * What a query shows, worked out from all rows each time, slowly and without any code of the product: the
 * rights first, then the conditions, then the order, the place to begin after, and the limit.
 */
export function naiveResult(rows: readonly Row[], query: Query, rights: Rights): Row[] {
  const { where, orderBy = [], after, limit = rows.length } = query
  const allowed = rows.filter((row) => isTrue(rights.read, row) && (!where || isTrue(where, row)))
  const keys: [string, 'asc' | 'desc'][] = [...orderBy, ['id', 'asc']]
  const inOrder = (a: readonly Value[], b: readonly Value[]): number => {
    for (const [i, [, direction]] of keys.entries()) {
      const order = size(a[i] ?? null, b[i] ?? null)
      if (order !== 0) return direction === 'desc' ? -order : order
    }
    return 0
  }
  const keyOf = (row: Row) => keys.map(([name]) => row[name] ?? null)
  return allowed
    .sort((a, b) => inOrder(keyOf(a), keyOf(b)))
    .filter((row) => !after || inOrder(keyOf(row), after) > 0)
    .slice(0, limit)
}

function isTrue(filter: Filter, row: Row): boolean {
  switch (filter[0]) {
    case 'and':
      return !filter[1].some((part) => !isTrue(part, row))
    case 'or':
      return filter[1].filter((part) => isTrue(part, row)).length > 0
    case 'not':
      return isTrue(filter[1], row) === false
  }
  const [operator, column, wanted] = filter
  const value = row[column] ?? null
  switch (operator) {
    case '=':
      return value === wanted
    case 'in':
      return wanted.some((one) => one === value)
    case 'prefix':
      return typeof value === 'string' && value.slice(0, wanted.length) === wanted
    case 'has':
      return Array.isArray(value) && value.includes(wanted)
    default: {
      if (value === null) return false
      const order = size(value, wanted)
      return { '<': order < 0, '<=': order <= 0, '>': order > 0, '>=': order >= 0 }[operator]
    }
  }
}

/** Null, then numbers by size or texts by their characters. */
function size(a: Value, b: Value): number {
  if (a === null || b === null) return Number(a !== null) - Number(b !== null)
  if (typeof a === 'number' && typeof b === 'number') return a - b
  const [x, y] = [[...String(a)], [...String(b)]].map((text) => text.map((char) => char.codePointAt(0) ?? 0))
  const at = (x ?? []).findIndex((code, i) => code !== (y ?? [])[i])
  if (at === -1) return (x ?? []).length - (y ?? []).length
  return ((x ?? [])[at] ?? -1) - ((y ?? [])[at] ?? -1)
}
