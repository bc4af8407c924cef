import type { Client, LiveQuery } from '../../../client/src/api/types.ts'
import { queryBuilder } from '../../../client/src/queries/query-builder.ts'
import { toFilter, where } from '../../../src/core/query/where.ts'
import type { Query } from '../../../src/protocol/query.ts'
import type { App } from '../../fixtures/board/sync.ts'

export type Shape = (db: Client<App>) => LiveQuery<object>

/** What clients ask for: whole collections, conditions of two and more, windows, and some columns. */
const SHAPES: readonly [Shape, ...Shape[]] = [
  (db) => db.cards.all(),
  (db) => db.assignees.all(),
  (db) => db.prizes.all(),
  (db) => db.boardSettings.all(),
  (db) => db.cards.where({ status: { in: ['open', 'in_progress'] }, reactions: { gte: 1 } }),
  (db) =>
    db.cards.where(where.any({ status: 'draft' }, { targetPoints: { lt: 500 }, notes: { prefix: 't' } })),
  (db) => db.cards.all().orderBy('targetPoints', 'desc').limit(2),
  (db) =>
    db.cards
      .where({ status: { not: 'withdrawn' }, dueOn: { not: null } })
      .orderBy('dueOn')
      .limit(3),
  (db) => db.cards.where(where.not({ reactions: 0 })).select('number', 'reactions'),
  (db) =>
    db.assignees
      .where({ city: { not: '' }, name: { gt: 't' } })
      .orderBy('city')
      .limit(2),
  (db) => db.prizes.where({ awardedPoints: { gte: 20 }, kind: { in: ['medal', 'treat'] } }),
]

/** A query, as it is asked and as it travels. */
export type Asked = { readonly of: Shape; readonly query: Query }

const [first, ...others] = SHAPES
export const asked = (of: Shape): Asked => ({ of, query: travelling(of) })

export const QUERIES: readonly [Asked, ...Asked[]] = [asked(first), ...others.map(asked)]

/** The query that a shape comes to. */
function travelling(of: Shape): Query {
  let found: Query | undefined
  // Nobody listens to what is only looked at.
  const unheard = { subscribe: () => () => {}, getSnapshot: () => undefined } as never
  const port: Parameters<typeof queryBuilder>[0] = {
    query: (query) => {
      found = query
      return unheard
    },
    connected: unheard,
  }
  const collection = (name: string) => ({
    all: () => queryBuilder(port, { collection: name }),
    where: (conditions: object) => queryBuilder(port, { collection: name, where: toFilter(conditions) }),
  })
  of(new Proxy({}, { get: (_, name) => collection(String(name)) }) as Client<App>)
  if (!found) throw new Error('the shape asks for nothing')
  return found
}
