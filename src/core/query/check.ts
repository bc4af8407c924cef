import { type WireError, wireError } from '../../protocol/errors.ts'
import { MAX_CONDITIONS } from '../../protocol/limits.ts'
import type { Column } from '../../protocol/manifest.ts'
import type { Query } from '../../protocol/query.ts'
import type { Value } from '../../protocol/value.ts'
import { checkValue } from '../validate.ts'
import { conditionsOf } from './filter.ts'

/**
 * Why a query cannot be answered, if it cannot.
 *
 * @param columns those that its author may know of; another is unknown, whether it exists or not
 */
export function checkQuery(columns: readonly Column[], query: Query): WireError | undefined {
  const { where, orderBy = [], after, select = [] } = query
  const byName = new Map(columns.map((column) => [column.name, column]))
  const conditions = where ? conditionsOf(where) : []
  const named = [...conditions.map(([, name]) => name), ...orderBy.map(([name]) => name), ...select]
  const unknown = named.find((name) => !byName.has(name))
  if (unknown !== undefined) {
    return wireError('unknown-column', `"${unknown}" is not a column of "${query.collection}".`, {
      ref: unknown,
    })
  }
  if (conditions.length > MAX_CONDITIONS) return bad(`A query may have ${MAX_CONDITIONS} conditions.`)
  for (const condition of conditions) {
    const column = byName.get(condition[1])
    const fault = column && conditionFault(column, condition)
    if (fault !== undefined) return bad(fault)
  }
  const unsorted = orderBy.find(([name]) => !isSortable(byName.get(name)))
  if (unsorted) return bad(`"${unsorted[0]}" has no order to sort by.`)
  if (!after) return undefined
  const place = [...orderBy.map(([name]) => byName.get(name)), byName.get('id')]
  if (after.length !== place.length)
    return bad('"after" has a value for each sorted column, and then the id.')
  return after.every((value, i) => fits(place[i], value))
    ? undefined
    : bad('A value of "after" does not fit its column.')
}

function bad(message: string): WireError {
  return wireError('bad-query', message)
}

function isSortable(column: Column | undefined): boolean {
  return column !== undefined && column.type !== 'json' && column.type !== 'text[]'
}

function fits(column: Column | undefined, value: Value): boolean {
  return column !== undefined && checkValue({ ...column, nullable: true }, value) === undefined
}

function conditionFault(
  column: Column,
  condition: ReturnType<typeof conditionsOf>[number],
): string | undefined {
  const { name } = column
  switch (condition[0]) {
    case '=':
      if (condition[2] === null) return undefined
      return isSortable(column) && fits(column, condition[2])
        ? undefined
        : `"${name}" cannot equal such a value.`
    case 'in':
      return isSortable(column) && condition[2].every((value) => fits(column, value))
        ? undefined
        : `"${name}" cannot be one of such values.`
    case 'prefix':
      return column.type === 'text' ? undefined : `"${name}" is no text, so it has no beginning.`
    case 'has':
      return column.type === 'text[]' && typeof condition[2] === 'string'
        ? undefined
        : `"${name}" cannot contain such a value.`
    default:
      return isSortable(column) && condition[2] !== null && fits(column, condition[2])
        ? undefined
        : `"${name}" cannot be compared with such a value.`
  }
}
