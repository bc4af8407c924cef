import { both, EVERYTHING } from '../../src/core/query/filter.ts'
import { toFilter } from '../../src/core/query/where.ts'
import { MAX_WINDOW } from '../../src/protocol/limits.ts'
import type { Query as WireQuery } from '../../src/protocol/query.ts'
import type { Priority } from '../../src/protocol/up.ts'
import type { Value } from '../../src/protocol/value.ts'
import { latest } from './latest.ts'
import type { Query } from './queries.ts'

type Find = (query: WireQuery, priority: Priority) => Query

/**
 * A query that can be asked more precisely; each step is a query of its own. It is live by what it shares
 * with all who ask the same, so it may be built anew for every render.
 */
export function queryBuilder(find: Find, query: WireQuery, priority: Priority = 'medium'): object {
  const next = (more: Partial<WireQuery>) => queryBuilder(find, { ...query, ...more }, priority)
  const { subscribe, getSnapshot } = find(query, priority)
  return {
    subscribe,
    getSnapshot,
    [Symbol.asyncIterator]: () => latest({ subscribe, getSnapshot }),
    where: (conditions: object) => next({ where: both(query.where ?? EVERYTHING, toFilter(conditions)) }),
    orderBy: (column: string, direction: 'asc' | 'desc' = 'asc') =>
      next({ orderBy: [...(query.orderBy ?? []), [column, direction]] }),
    limit(count: number) {
      if (Number.isSafeInteger(count) && count >= 1 && count <= MAX_WINDOW) return next({ limit: count })
      throw new TypeError(`A limit is a whole number from 1 to ${MAX_WINDOW}.`)
    },
    after: (place: readonly Value[]) => next({ after: [...place] }),
    select: (...columns: string[]) => next({ select: columns }),
    priority: (wanted: Priority) => queryBuilder(find, query, wanted),
  }
}
