import {
  MAX_CONDITIONS,
  MAX_LIST_VALUES,
  MAX_NESTING,
  MAX_OPERAND_BYTES,
  MAX_QUERY_VALUES,
} from './limits.ts'
import type { Filter, Operand } from './query.ts'
import { utf8Length } from './utf8-length.ts'

/**
 * The reason why a filter in its normal form is too large to be asked, if it is. What is not is always served
 * by SQLite, also beside a read rule of the same size and behind a place in the order. The walk keeps its own
 * stack, because filters that a program builds may be nested without an end.
 */
export function whyTooLarge(filter: Filter): string | undefined {
  const stack: { readonly part: Filter; readonly depth: number }[] = [{ part: filter, depth: 1 }]
  let conditions = 0
  let values = 0
  let bytes = 0
  for (let next = stack.pop(); next; next = stack.pop()) {
    const { part, depth } = next
    const isCondition = part[0] !== 'not' && part[0] !== 'and' && part[0] !== 'or'
    if (depth > MAX_NESTING && !isCondition) return `conditions may be nested ${MAX_NESTING} levels deep`
    switch (part[0]) {
      case 'not':
        stack.push({ part: part[1], depth: depth + 1 })
        break
      case 'and':
      case 'or':
        if (part[1].length > MAX_CONDITIONS) return tooMany
        for (const inner of part[1]) stack.push({ part: inner, depth: depth + 1 })
        break
      default: {
        const operands: readonly Operand[] = part[0] === 'in' ? part[2] : [part[2]]
        if (operands.length > MAX_LIST_VALUES) return `a list may have ${MAX_LIST_VALUES} values`
        conditions += 1
        values += operands.length
        for (const operand of operands) bytes += utf8Length(JSON.stringify(operand))
        if (conditions > MAX_CONDITIONS) return tooMany
        if (values > MAX_QUERY_VALUES) return `all lists together may have ${MAX_QUERY_VALUES} values`
        if (bytes > MAX_OPERAND_BYTES) return `its values may have ${MAX_OPERAND_BYTES} bytes`
      }
    }
  }
  return undefined
}

const tooMany = `there may be ${MAX_CONDITIONS} conditions`
