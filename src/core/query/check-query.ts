import { type WireError, wireError } from '../../protocol/errors.ts'
import type { Column, Manifest } from '../../protocol/manifest.ts'
import type { Query } from '../../protocol/query.ts'
import type { Value } from '../../protocol/value.ts'
import { checkValue } from '../records/validate.ts'
import { conditionsOf } from './filter.ts'

/**
 * Checks a query, as `readQuery` gives it, against the columns it names. The fault, if there is one, says what would
 * fit.
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
  const invalid = after.flatMap((value, i) => invalidOf(place[i], value) ?? []).at(0)
  return invalid === undefined ? undefined : bad(`A value of "after" does not fit its column: ${invalid}`)
}

/** The fault for which nobody can be answered a query, if there is one. What somebody may not see is not judged. */
export function queryFault({ collections }: Manifest, query: Query): WireError | undefined {
  const collection = collections.find(({ name }) => name === query.collection)
  return collection ? checkQuery(collection.columns, query) : unknownCollection(query.collection)
}

export function unknownCollection(name: string): WireError {
  return wireError('unknown-collection', `"${name}" is not a collection.`)
}

function bad(message: string): WireError {
  return wireError('bad-query', message)
}

function isSortable(column: Column | undefined): boolean {
  return column !== undefined && column.type !== 'json' && column.type !== 'text[]'
}

/** Why a column never holds such a value, null apart. */
function invalidOf(column: Column | undefined, value: Value): string | undefined {
  return column && checkValue({ ...column, nullable: true }, value)?.message
}

function conditionFault(
  column: Column,
  condition: ReturnType<typeof conditionsOf>[number],
): string | undefined {
  const { name } = column
  const [operator, , wanted] = condition
  switch (operator) {
    case '=':
      if (wanted === null) return undefined
      break
    case 'in':
      break
    case 'prefix':
      return column.type === 'text' ? undefined : `"${name}" is no text, so it has no beginning.`
    case 'has':
      if (column.type !== 'text[]') return `"${name}" is no list, so it contains nothing.`
      return typeof wanted === 'string'
        ? undefined
        : `"${name}" is a list of texts; ask whether it has a text.`
    default:
      if (wanted === null) return `"${name}" cannot be compared by size with null; ask { ${name}: null }.`
  }
  if (!isSortable(column)) return `"${name}" is a list or JSON, which is compared with null only.`
  const invalid =
    condition[0] === 'in'
      ? condition[2].flatMap((value) => invalidOf(column, value) ?? []).at(0)
      : invalidOf(column, wanted)
  return invalid === undefined ? undefined : `No record has such a value: ${invalid}`
}
