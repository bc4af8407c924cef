import { type WireError, wireError } from './errors.ts'
import { whyTooLarge } from './filter-size.ts'
import { inspect } from './guard.ts'
import { MAX_QUERY_DEPTH } from './limits.ts'
import { isEverything, normalFilter } from './normal-filter.ts'
import type { Query } from './query.ts'
import { isQuery, whyNoQuery } from './query-form.ts'

/**
 * Reads a query and brings it to its normal form, or says why it cannot be asked. Both sides ask this: the
 * client before it sends a query, and the server, which trusts no client. Whether it fits the collection's
 * columns is another question: `checkQuery`.
 */
export function readQuery(input: unknown): { readonly query: Query } | { readonly error: WireError } {
  const finding = inspect(input, { maxDepth: MAX_QUERY_DEPTH })
  if (finding) return refuse(finding.message)
  if (!isQuery(input)) return refuse(`${whyNoQuery(input)}.`)
  const { where, ...rest } = input
  const filter = where && normalFilter(where)
  if (!filter || isEverything(filter)) return { query: rest }
  const tooLarge = whyTooLarge(filter)
  if (tooLarge !== undefined) return refuse(`${tooLarge}; ask for less, or in several queries.`)
  return { query: { ...rest, where: filter } }
}

function refuse(reason: string): { readonly error: WireError } {
  return { error: wireError('bad-query', `This query cannot be asked: ${reason}`) }
}
