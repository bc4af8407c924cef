import { createLiveQueryCollection, gt, gte } from '@tanstack/db'
import { beforeEach, expect, it } from 'vitest'
import { cardsOf, idsOf, load, make, openCards, pass } from '../support/card-collections.ts'
import type { Person, Table } from '../support/disputed-board.ts'
import { settle } from '../support/fake-environment.ts'

let table: Table
let ann: Person
let bob: Person

beforeEach(async () => {
  ;({ table, ann, bob } = await openCards())
})

it('BND-21 what others insert, change and delete is shown, and what comes to fit or fits no more', async () => {
  const cards = cardsOf(ann)
  const query = await load(
    table,
    createLiveQueryCollection((q) => q.from({ card: cards }).where(({ card }) => gte(card.votes, 7))),
  )
  expect(idsOf(query).toSorted()).toEqual(['c4', 'c5'])
  make(bob, 'c6', 'six', { votes: 8 })
  bob.db.cards.delete('c5')
  bob.db.cards.update('c3', (card) => {
    card.votes += 10
  })
  bob.db.cards.update('c4', (card) => {
    card.votes -= 5
  })
  await pass(table)
  expect(query.toArray.map(({ id, votes }) => [id, votes]).toSorted()).toEqual([
    ['c3', 13],
    ['c6', 8],
  ])
  await query.cleanup()
})

it('BND-21 after a time without connection it is what it should be, and shows its rows meanwhile', async () => {
  const cards = cardsOf(ann)
  const query = await load(
    table,
    createLiveQueryCollection((q) => q.from({ card: cards }).where(({ card }) => gt(card.votes, 0))),
  )
  ann.wire?.cut()
  bob.db.cards.delete('c3')
  await settle()
  expect(idsOf(query).toSorted()).toEqual(['c3', 'c4', 'c5'])
  for (let second = 0; second < 60; second++) {
    await table.environment.pass(1_000)
    await table.deliver()
  }
  expect(idsOf(query).toSorted()).toEqual(['c4', 'c5'])
  await query.cleanup()
})
/** All cards, and each state of one of them that a listener was shown. */
async function watched(id: string) {
  const cards = cardsOf(ann)
  const query = await load(
    table,
    createLiveQueryCollection((q) => q.from({ card: cards })),
  )
  const states: (string | undefined)[] = []
  query.subscribeChanges((changes) => {
    for (const { key, type, value } of changes) {
      const state = type === 'delete' ? undefined : `${value.title} ${value.votes}`
      // It is told as well that a row which it shows already is in the collection now.
      if (key === id && state !== states.at(-1)) states.push(state)
    }
  })
  return { cards, query, states }
}

it('BND-22 a change is shown at once, never goes back, and is an edit that others get', async () => {
  const { cards, query, states } = await watched('c3')
  ann.isAway = true
  const change = cards.update('c3', (card) => {
    card.title = 'Zoe'
  })
  await change.isPersisted.promise
  cards.update('c3', (card) => {
    card.votes = 4
  })
  bob.db.cards.update('c3', (card) => {
    card.votes += 5
  })
  await pass(table)
  ann.isAway = false
  await pass(table)
  expect(states).toEqual(['Zoe 3', 'Zoe 4', 'Zoe 9'])
  expect(bob.db.cards.get('c3')).toMatchObject({ title: 'Zoe', votes: 9 })
  await query.cleanup()
})

it('BND-22 inserts and deletes are edits, too', async () => {
  const { cards, query, states } = await watched('c9')
  cards.insert({ id: 'c9', title: 'nine', owner: 'f', votes: 1 })
  await pass(table)
  expect(bob.db.cards.get('c9')).toMatchObject({ title: 'nine', votes: 1 })
  cards.delete('c9')
  await pass(table)
  expect(bob.db.cards.get('c9')).toBeUndefined()
  expect(states).toEqual(['nine 1', undefined])
  await query.cleanup()
})

it('BND-22 what others change is shown while own changes wait for a network', async () => {
  const { cards, query, states } = await watched('c4')
  await cards.update('c3', (card) => {
    card.title = 'waits'
  }).isPersisted.promise
  bob.db.cards.update('c4', (card) => {
    card.title = 'by Bob'
  })
  await pass(table)
  expect(states).toEqual(['by Bob 7'])
  await query.cleanup()
})

it('BND-23 what is refused before it is sent fails with its code, and is taken back', async () => {
  const { cards, query } = await watched('c3')
  const change = cards.update('c3', (card) => {
    card.owner = 'another'
  })
  await expect(change.isPersisted.promise).rejects.toMatchObject({ code: 'immutable' })
  expect(cards.get('c3')).toMatchObject({ owner: 'f' })
  await query.cleanup()
})

it('BND-23 what the server refuses is taken back', async () => {
  const { cards, query, states } = await watched('c3')
  table.server.readers.add('ann-client')
  await cards.update('c3', (card) => {
    card.title = 'not allowed'
  }).isPersisted.promise
  await pass(table)
  expect(states).toEqual(['not allowed 3', 'Zoë 3'])
  await query.cleanup()
})
