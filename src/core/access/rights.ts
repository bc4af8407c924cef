import { whyTooLarge } from '../../protocol/filter-size.ts'
import { inspect } from '../../protocol/guard.ts'
import { MAX_QUERY_DEPTH } from '../../protocol/limits.ts'
import { EVERYTHING, normalFilter } from '../../protocol/normal-filter.ts'
import type { Filter } from '../../protocol/query.ts'
import type { Application, Claims } from '../app/application.ts'
import { isBuiltIn } from '../app/built-in.ts'
import type { Rights } from '../query/view.ts'

/**
 * The rights that a person's claims give in a collection. Throws what the application's rule throws, and where the
 * rule is too large to be asked beside a query: that is the application's fault and not its user's.
 */
export function rightsOf({ rules }: Pick<Application, 'rules'>, claims: Claims, collection: string): Rights {
  const { read: rule, hidden } = rules.get(collection) ?? {}
  return { read: rule ? checkedRule(collection, rule(claims)) : EVERYTHING, hidden: hidden?.(claims) ?? [] }
}

function checkedRule(collection: string, rule: Filter): Filter {
  const finding = inspect(rule, { maxDepth: MAX_QUERY_DEPTH })
  if (finding) throw new Error(`the read rule of "${collection}" is no filter: ${finding.message}`)
  const read = normalFilter(rule)
  // The engine's own rules ask what the rules of all collections ask.
  const fault = isBuiltIn(collection) ? undefined : whyTooLarge(read)
  if (fault !== undefined) throw new Error(`the read rule of "${collection}" is too large: ${fault}`)
  return read
}
