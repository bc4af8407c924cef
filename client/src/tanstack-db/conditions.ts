import type { LoadSubsetOptions } from '@tanstack/db'

/** A list of more values is not asked for by them. */
const MAX_LIST = 1_000

/** A text that is sorted alike by everybody, beside whatever text. */
const PLAIN = /^[ -~]*$/

/**
 * Conditions on columns that hold for every row that an expression of TanStack DB holds for, all of which have to
 * hold; what cannot be said of a column is left out. So all rows that are asked for are loaded, and TanStack DB, which
 * judges them itself, leaves out the others.
 */
export function conditionsOf(expression: LoadSubsetOptions['where']): object[] {
  if (expression?.type !== 'func') return []
  const { name, args } = expression
  if (name === 'and') return args.flatMap(conditionsOf)
  const [left, right] = args
  if (left?.type !== 'ref' || right?.type !== 'val') return []
  const [column = '$', ...deeper] = left.path
  const { value } = right
  const isList = Array.isArray(value)
  const values: unknown[] = isList ? value : [value]
  // What begins with a dollar, TanStack DB adds to rows.
  if (column[0] === '$' || deeper.length > 0 || values.length > MAX_LIST || !values.every(isSimple)) return []
  if (isList) return name === 'in' ? [{ [column]: { in: value } }] : []
  if (name === 'eq') return [{ [column]: value }]
  return /^[gl]te?$/.test(name) && PLAIN.test(String(value)) ? [{ [column]: { [name]: value } }] : []
}

function isSimple(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)
}
