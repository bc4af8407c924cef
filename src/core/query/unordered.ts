import { type WireError, wireError } from '../../protocol/errors.ts'
import type { Column } from '../../protocol/manifest.ts'
import { EVERYTHING } from '../../protocol/normal-filter.ts'
import type { Query } from '../../protocol/query.ts'
import { conditionsOf } from './filter.ts'

const BY_SIZE: ReadonlySet<string> = new Set(['<', '<=', '>', '>='])

/**
 * The fault of a query that asks for an order which the texts of a column have not, if there is one. Clients do not know
 * of it: they are not told the forms of columns.
 */
export function unorderedFault(
  columns: readonly Column[],
  { where = EVERYTHING, orderBy = [] }: Query,
): WireError | undefined {
  const compared = conditionsOf(where).flatMap(([operator, name]) => (BY_SIZE.has(operator) ? [name] : []))
  const names = new Set([...orderBy.map(([name]) => name), ...compared])
  const found = columns.find(({ name, form }) => form?.unordered && names.has(name))
  return found && wireError('bad-query', `"${found.name}" has no order to sort by.`)
}
