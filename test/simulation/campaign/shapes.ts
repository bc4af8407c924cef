import type { Client, LiveQuery } from '../../../client/src/api/types.ts'
import { queryBuilder } from '../../../client/src/queries/query-builder.ts'
import type { App } from '../../../examples/invoices/sync.ts'
import { toFilter, where } from '../../../src/core/query/where.ts'
import type { Query } from '../../../src/protocol/query.ts'

export type Shape = (db: Client<App>) => LiveQuery<object>

/** What clients ask for: whole collections, conditions of two and more, windows, and some columns. */
const SHAPES: readonly [Shape, ...Shape[]] = [
  (db) => db.invoices.all(),
  (db) => db.contacts.all(),
  (db) => db.payments.all(),
  (db) => db.businessProfile.all(),
  (db) => db.invoices.where({ status: { in: ['sent', 'part_paid'] }, reminders: { gte: 1 } }),
  (db) =>
    db.invoices.where(where.any({ status: 'draft' }, { totalCents: { lt: 500 }, notes: { prefix: 't' } })),
  (db) => db.invoices.all().orderBy('totalCents', 'desc').limit(2),
  (db) =>
    db.invoices
      .where({ status: { not: 'void' }, dueOn: { not: null } })
      .orderBy('dueOn')
      .limit(3),
  (db) => db.invoices.where(where.not({ reminders: 0 })).select('number', 'reminders'),
  (db) =>
    db.contacts
      .where({ city: { not: '' }, name: { gt: 't' } })
      .orderBy('city')
      .limit(2),
  (db) => db.payments.where({ amountCents: { gte: 20 }, method: { in: ['card', 'cash'] } }),
]

/** A query, as it is asked and as it travels. */
export type Asked = { readonly of: Shape; readonly query: Query }

const [first, ...others] = SHAPES
export const asked = (of: Shape): Asked => ({ of, query: travelling(of) })

export const QUERIES: readonly [Asked, ...Asked[]] = [asked(first), ...others.map(asked)]

/** The query that a shape comes to. */
function travelling(of: Shape): Query {
  let found: Query | undefined
  const find: Parameters<typeof queryBuilder>[0] = (query) => {
    found = query
    // Nobody listens to what is only looked at.
    return { subscribe: () => () => {}, getSnapshot: () => undefined } as never
  }
  const collection = (name: string) => ({
    all: () => queryBuilder(find, { collection: name }),
    where: (conditions: object) => queryBuilder(find, { collection: name, where: toFilter(conditions) }),
  })
  of(new Proxy({}, { get: (_, name) => collection(String(name)) }) as Client<App>)
  if (!found) throw new Error('the shape asks for nothing')
  return found
}
