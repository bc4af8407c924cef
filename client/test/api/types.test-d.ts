import type { App } from '../../../test/fixtures/board/sync.ts'
import type { Client } from '../../src/api/types.ts'
import { where } from '../../src/index.ts'

/** Never run: the compiler is the test. A wrong line that compiles is an error in this file. */
export function typesHold(db: Client<App>): void {
  db.assignees.insert({ name: 'Ada' })
  const { id } = db.cards.insert({ number: 'A-1', assigneeId: 'a1', targetPoints: 100 })
  db.cards.update(id, (card) => {
    card.status = 'open'
    card.reactions += 1
    card.dueOn = null
    card.bestScore = 5
    card.startedOn = '2026-01-31'
    // @ts-expect-error a status that is not one
    card.status = 'shipped'
    // @ts-expect-error a number is not a day
    card.startedOn = 5
    // @ts-expect-error only effects write it
    card.pointsWon = 5
    // @ts-expect-error a record keeps its id
    card.id = 'other'
    // @ts-expect-error not a column
    card.colour = 'red'
  })
  // @ts-expect-error only effects write it
  db.cards.insert({ number: 'A-1', assigneeId: 'a1', targetPoints: 100, pointsWon: 5 })
  // @ts-expect-error not a column
  db.cards.insert({ number: 'A-1', assigneeId: 'a1', targetPoints: 100, colour: 'red' })
  // @ts-expect-error a value is missing
  db.cards.insert({ number: 'A-1', assigneeId: 'a1' })
  // @ts-expect-error not a collection
  db.ships.all()
  db.transaction((tx) => {
    const prize: string = tx.prizes.insert({
      cardId: id,
      awardedPoints: 5,
      kind: 'medal',
      wonOn: '2026-01-31',
    })
    tx.cards.delete(prize)
    // @ts-expect-error no live query inside a transaction
    tx.cards.all()
  })
  db.cards.delete(id, { durability: 'committed', deadlineMs: 30_000 })
  db.transaction((tx) => tx.cards.delete(id), { durability: 'committed' })
  // @ts-expect-error only an edit that is Postgres first has a deadline
  db.cards.delete(id, { deadlineMs: 30_000 })
  const row = db.cards.all().getSnapshot().rows[0]
  const won: number | undefined = row?.pointsWon
  const pending: boolean | undefined = row?.$sync.pending
  // @ts-expect-error the tenant is the server's business
  const tenant: unknown = row?.tenantId
  // @ts-expect-error rows are read-only
  if (row) row.number = 'A-2'
  const late = db.cards
    .where({ status: { in: ['open', 'finished'] }, dueOn: { lt: '2026-01-31' }, number: { prefix: 'A-' } })
    .where(where.any({ notes: { not: '' } }, where.not({ reactions: { gte: 3 } })))
    .orderBy('dueOn', 'desc')
    .limit(50)
    .select('number', 'dueOn')
  const shown: { readonly id: string; readonly number: string } | undefined = late.getSnapshot().rows[0]
  // @ts-expect-error not among the selected columns
  const unselected: unknown = late.getSnapshot().rows[0]?.notes
  // @ts-expect-error a status that is not one
  db.cards.where({ status: 'shipped' })
  // @ts-expect-error neither in a list
  db.cards.where({ status: { in: ['open', 'shipped'] } })
  // @ts-expect-error a number has no beginning
  db.cards.where({ reactions: { prefix: '1' } })
  // @ts-expect-error not a column
  db.cards.where({ colour: 'red' })
  // @ts-expect-error nor deep inside
  db.cards.where(where.all({ notes: '' }, where.not({ colour: 'red' })))
  // @ts-expect-error not a column to sort by
  db.cards.all().orderBy('colour')
  // @ts-expect-error no such priority
  db.cards.all().priority('urgent')
  db.onInvalidate('cards_*', ({ tags, seq }) => [tags, seq, shown, unselected])
  db.connection.subscribe(({ state }) => [state, won, pending, tenant])
}
