import { badQuery, describe, toOperand } from '../../../src/core/query/operand.ts'
import { toFilter } from '../../../src/core/query/where.ts'
import { MAX_WINDOW } from '../../../src/protocol/limits.ts'
import { allOf, EVERYTHING } from '../../../src/protocol/normal-filter.ts'
import type { Query as WireQuery } from '../../../src/protocol/query.ts'
import { PRIORITIES, type Priority } from '../../../src/protocol/up/priority.ts'
import type { Observable } from '../api/observable.ts'
import type { ConnectionSnapshot } from '../api/types.ts'
import { latest } from './latest.ts'
import { once } from './once.ts'
import type { AskedQuery } from './shared-query.ts'

/** The client, as its queries are built on it. */
export type BuilderPort = {
  readonly query: (query: WireQuery, priority: Priority) => AskedQuery
  readonly connected: Observable<ConnectionSnapshot>
}

/**
 * A query that can be asked more precisely; each step is a query of its own. It is live by what it shares
 * with all who ask the same, so it may be built anew for every render. What is no query at all throws at
 * once; one that is too large, or does not fit its columns, says so where its rows would be.
 */
export function queryBuilder(port: BuilderPort, query: WireQuery, priority: Priority = 'medium'): object {
  const next = (more: Partial<WireQuery>) => queryBuilder(port, { ...query, ...more }, priority)
  const { key, subscribe, getSnapshot, getServerSnapshot } = port.query(query, priority)
  return {
    key,
    subscribe,
    getSnapshot,
    getServerSnapshot,
    toJSON: () => query,
    [Symbol.asyncIterator]: () => latest({ subscribe, getSnapshot }),
    once: ({ signal }: { signal?: AbortSignal } = {}) =>
      once({ subscribe, getSnapshot }, port.connected, signal),
    where: (conditions: unknown) => next({ where: allOf([query.where ?? EVERYTHING, toFilter(conditions)]) }),
    orderBy(column: unknown, direction: unknown = 'asc') {
      if (direction !== 'asc' && direction !== 'desc') {
        throw badQuery(`An order is 'asc' or 'desc'; this is ${describe(direction)}.`)
      }
      return next({ orderBy: [...(query.orderBy ?? []), [toColumn(column), direction]] })
    },
    limit(count: unknown) {
      if (typeof count === 'number' && Number.isSafeInteger(count) && count >= 1 && count <= MAX_WINDOW)
        return next({ limit: count })
      throw badQuery(`A limit is a whole number from 1 to ${MAX_WINDOW}.`)
    },
    after(place: unknown) {
      if (!Array.isArray(place)) {
        throw badQuery(
          `"after" is a list of the sorted columns' values and the id; this is ${describe(place)}.`,
        )
      }
      return next({ after: Array.from(place, (value: unknown) => toOperand('after', value)) })
    },
    select: (...columns: unknown[]) => next({ select: columns.map(toColumn) }),
    priority(wanted: unknown) {
      const known = PRIORITIES.find((one) => one === wanted)
      if (known) return queryBuilder(port, query, known)
      throw badQuery(`A priority is one of ${PRIORITIES.join(', ')}; this is ${describe(wanted)}.`)
    },
  }
}

function toColumn(column: unknown): string {
  if (typeof column === 'string') return column
  throw badQuery(`A column is named by a text; this is ${describe(column)}.`)
}
