import type { ReservedName } from '../../../src/core/app/reserved-names.ts'
import type { App } from '../../../test/fixtures/board/sync.ts'
import type { Client, ClientCore } from '../../src/api/types.ts'
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
  db.cards.upsert({ id, number: 'A-1', assigneeId: 'a1', targetPoints: 100 })
  // @ts-expect-error an upsert names its record
  db.cards.upsert({ number: 'A-1', assigneeId: 'a1', targetPoints: 100 })
  const { items, unseen, muted } = db.notifications.getSnapshot()
  const [item] = items
  if (item?.kind === 'prize') {
    const points: number = item.data.points
    db.notifications.markRead(item)
    // @ts-expect-error data of another kind
    const name: unknown = item.data.name
    db.notifications.archive([item]).accepted.then(() => [points, name, unseen, muted])
  }
  if (item?.kind === 'refused') db.notifications.mute(item.data.code)
  // @ts-expect-error no kind of this application
  if (item?.kind === 'shipped') db.notifications.markSeen()
  db.onInvalidate('cards_*', ({ tags, seq }) => [tags, seq, shown, unselected])
  db.connection.subscribe(({ state }) => [state, won, pending, tenant])
}

/** No collection can have the name of a member of the client. */
export const reserved: Record<keyof ClientCore<App>, true> extends Record<infer Name, true>
  ? Name extends ReservedName
    ? true
    : Name
  : never = true

/** Conflicts are typed by the application. */
export function conflictTypesHold(db: Client<App>): void {
  for (const item of db.conflicts.open().getSnapshot().items) {
    item.resolve('theirs')
    item.dismiss()
    for (const loser of item.losers) item.restore(loser)
    if (item.collection === 'cards' && item.field === 'notes') {
      const losing: string | null | undefined = item.losers[0]?.value
      const now: string | null | undefined = item.current
      const before: string | null | undefined = item.base
      item.resolve({ value: 'both' })
      // @ts-expect-error not what the field holds
      item.resolve({ value: 5 })
      // @ts-expect-error not a number either
      const points: number | null | undefined = item.yours?.value
      losing satisfies unknown
      now satisfies unknown
      before satisfies unknown
      points satisfies unknown
    }
    if (item.kind === 'delete-won') item.field satisfies null
    // @ts-expect-error not a collection
    if (item.collection === 'ships') continue
  }
  db.conflicts.open({ collection: 'cards', record: 'c1', field: 'notes' })
  db.conflicts.all({ collection: 'assignees' })
  // @ts-expect-error not a field of the collection
  db.conflicts.open({ collection: 'assignees', field: 'notes' })
  // @ts-expect-error a field of no collection
  db.conflicts.open({ field: 'notes' })
}
