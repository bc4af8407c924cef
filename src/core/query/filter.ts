import type { Filter } from '../../protocol/query.ts'
import type { Row, Value } from '../../protocol/value.ts'
import { sameValue } from '../records/value.ts'
import { compareValues } from './compare-rows.ts'

/** Does a row meet a filter? The same code decides in the object and in the client. */
export function matches(filter: Filter, row: Row): boolean {
  switch (filter[0]) {
    case 'and':
      return filter[1].every((part) => matches(part, row))
    case 'or':
      return filter[1].some((part) => matches(part, row))
    case 'not':
      return !matches(filter[1], row)
    default:
      return meets(filter, row[filter[1]] ?? null)
  }
}

type Condition = Exclude<Filter, readonly ['and' | 'or', unknown] | readonly ['not', unknown]>

function meets(condition: Condition, value: Value): boolean {
  switch (condition[0]) {
    case '=':
      return sameValue(value, condition[2])
    case 'in':
      // A list may be long. It holds no lists or objects, so neither does a value that is in it.
      return condition[2].some((wanted) => wanted === value)
    case 'prefix':
      return typeof value === 'string' && value.startsWith(condition[2])
    case 'has':
      return Array.isArray(value) && value.some((item) => sameValue(item, condition[2]))
    default:
      return (
        value !== null && condition[2] !== null && holds(condition[0], compareValues(value, condition[2]))
      )
  }
}

function holds(operator: '<' | '<=' | '>' | '>=', order: number): boolean {
  switch (operator) {
    case '<':
      return order < 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    case '>=':
      return order >= 0
  }
}

/** The conditions of a filter, each by itself. */
export function conditionsOf(filter: Filter): Condition[] {
  switch (filter[0]) {
    case 'and':
    case 'or':
      return filter[1].flatMap(conditionsOf)
    case 'not':
      return conditionsOf(filter[1])
    default:
      return [filter]
  }
}
