import { createCollection } from '@tanstack/db'
import { tidemarkCollection } from '../../src/tanstack-db.ts'
import { type Person, Table } from './disputed-board.ts'

/** Two people at a board of five cards: Ann has TanStack DB, and Bob shows everything. */
export type CardTable = {
  readonly table: Table
  readonly ann: Person
  readonly bob: Person
  /** The conditions that Ann's client has asked for, and what of it has `ended`. */
  readonly asked: unknown[]
}

export const make = (
  person: Person,
  id: string,
  title: string,
  more: { note?: string; votes?: number } = {},
) => person.db.cards.insert({ id, title, owner: 'f', ...more })

export async function openCards(): Promise<CardTable> {
  const table = new Table(1, false)
  const ann = await table.join('ann-client', [])
  const bob = await table.join('bob-client')
  make(bob, 'c3', 'Zoë', { votes: 3 })
  make(bob, 'c4', 'ärger', { votes: 7, note: 'late' })
  make(bob, 'c5', 'Zacharias', { votes: 12, note: 'early' })
  await table.deliver()
  const asked: unknown[] = []
  const { wire } = ann
  if (!wire) throw new Error('Ann has no connection')
  const { send } = wire
  wire.send = (text) => {
    const frame = text.startsWith('[') ? JSON.parse(text) : []
    if (frame[0] === 'subscribe') asked.push(frame[1].query.where ?? 'all')
    if (frame[0] === 'unsubscribe') asked.push('ended')
    send.call(wire, text)
  }
  return { table, ann, bob, asked }
}

/** A person's cards in TanStack DB. */
export const cardsOf = (person: Person, syncMode: 'on-demand' | 'eager' = 'on-demand') =>
  createCollection(tidemarkCollection(person.db.cards, { syncMode }))

/** Loads a live query of TanStack DB. */
export async function load<Query extends { preload(): Promise<void> }>(
  table: Table,
  query: Query,
): Promise<Query> {
  const loaded = query.preload()
  await table.deliver()
  await loaded
  return query
}

export const idsOf = (query: { readonly toArray: readonly { readonly id: string }[] }) =>
  query.toArray.map(({ id }) => id)

/** Passes what the promises and timers of TanStack DB have yet to do. */
export async function pass(table: Table): Promise<void> {
  await table.deliver()
  await new Promise((done) => setTimeout(done, 0))
  await table.deliver()
}
