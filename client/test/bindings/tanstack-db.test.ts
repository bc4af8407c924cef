import {
  and,
  createCollection,
  createLiveQueryCollection,
  eq,
  gt,
  gte,
  ilike,
  inArray,
  isNull,
  like,
  lt,
  not,
  or,
  Query,
} from '@tanstack/db'
import { beforeEach, describe, expect, it } from 'vitest'
import { KEEP_MS } from '../../src/queries/keeping.ts'
import { tidemarkCollection } from '../../src/tanstack-db.ts'
import { cardsOf, idsOf, load, openCards } from '../support/card-collections.ts'
import type { Person, Table } from '../support/disputed-board.ts'

let table: Table
let ann: Person
let asked: readonly unknown[]

beforeEach(async () => {
  ;({ table, ann, asked } = await openCards())
})

type CardRef = Parameters<Parameters<ReturnType<typeof from>['where']>[0]>[0]['card']
const from = (cards: ReturnType<typeof cardsOf>) => new Query().from({ card: cards })

describe('BND-20', () => {
  const all = ['c1', 'c2', 'c3', 'c4', 'c5']
  const conditions: [string, (card: CardRef) => ReturnType<typeof eq>, readonly string[], unknown][] = [
    ['eq', (card) => eq(card.title, 'Zoë'), ['c3'], ['=', 'title', 'Zoë']],
    ['gt', (card) => gt(card.votes, 3), ['c4', 'c5'], ['>', 'votes', 3]],
    ['in', (card) => inArray(card.id, ['c1', 'c9']), ['c1'], ['in', 'id', ['c1', 'c9']]],
    [
      'and',
      (card) => and(gte(card.votes, 3), lt(card.votes, 12)),
      ['c3', 'c4'],
      [
        'and',
        [
          ['>=', 'votes', 3],
          ['<', 'votes', 12],
        ],
      ],
    ],
    // What cannot be said is judged here, over what the rest loads.
    ['and like', (card) => and(gt(card.votes, 3), like(card.title, 'Za%')), ['c5'], ['>', 'votes', 3]],
    ['or', (card) => or(eq(card.votes, 3), eq(card.votes, 7)), ['c3', 'c4'], 'all'],
    ['not', (card) => not(eq(card.votes, 0)), ['c3', 'c4', 'c5'], 'all'],
    ['isNull', (card) => isNull(card.note), ['c1', 'c2', 'c3'], 'all'],
    ['ilike', (card) => ilike(card.title, 'z%'), ['c3', 'c5'], 'all'],
    ['a text beyond ASCII', (card) => gt(card.title, 'Zoë'), ['c1', 'c2', 'c4'], 'all'],
  ]

  it.each(conditions)(
    'BND-20 %s: what holds is loaded, and no more than can be said',
    async (_, condition, ids, where) => {
      const cards = cardsOf(ann)
      const query = await load(
        table,
        createLiveQueryCollection((q) => q.from({ card: cards }).where(({ card }) => condition(card))),
      )
      expect(idsOf(query).toSorted()).toEqual(ids)
      expect(asked).toEqual([where])
      await query.cleanup()
    },
  )

  it('BND-20 all of it is loaded where nothing is said, and a window in an order is cut out of that', async () => {
    const cards = cardsOf(ann)
    const query = await load(
      table,
      createLiveQueryCollection((q) =>
        q
          .from({ card: cards })
          .orderBy(({ card }) => card.title)
          .limit(3),
      ),
    )
    // By the locale, as TanStack DB sorts, and not as the server does.
    expect(idsOf(query)).toEqual(['c4', 'c1', 'c2'])
    expect(new Set(asked)).toEqual(new Set(['all']))
    expect(all).toEqual(idsOf(cards).toSorted())
    await query.cleanup()
  })

  it('BND-20 a window that moves on goes through all rows', async () => {
    const cards = cardsOf(ann)
    const seen: string[] = []
    for (const offset of [0, 2, 4]) {
      const query = await load(
        table,
        createLiveQueryCollection((q) =>
          q
            .from({ card: cards })
            .orderBy(({ card }) => card.votes, 'desc')
            .orderBy(({ card }) => card.id)
            .limit(2)
            .offset(offset),
        ),
      )
      seen.push(...idsOf(query))
      await query.cleanup()
    }
    expect(seen).toEqual(['c5', 'c4', 'c3', 'c1', 'c2'])
  })

  it('BND-20 collections are joined, each loaded for itself', async () => {
    ann.db.keepers.insert({ id: 'c3', title: 'kept', owner: 'f' })
    await table.deliver()
    const cards = cardsOf(ann)
    const keepers = createCollection(tidemarkCollection(ann.db.keepers))
    const query = await load(
      table,
      createLiveQueryCollection((q) =>
        q
          .from({ card: cards })
          .where(({ card }) => gt(card.votes, 0))
          .join({ keeper: keepers }, ({ card, keeper }) => eq(card.id, keeper.id), 'inner')
          .select(({ card, keeper }) => ({ id: card.id, title: card.title, kept: keeper.title })),
      ),
    )
    expect(query.toArray.map(({ id, title, kept }) => [id, title, kept])).toEqual([['c3', 'Zoë', 'kept']])
    await query.cleanup()
  })

  it('BND-20 what several ask alike is one subscription, and ends with the last of them', async () => {
    const cards = cardsOf(ann)
    const build = () =>
      createLiveQueryCollection((q) => q.from({ card: cards }).where(({ card }) => eq(card.votes, 3)))
    const [first, second] = [await load(table, build()), await load(table, build())]
    expect(asked).toEqual([['=', 'votes', 3]])
    await first.cleanup()
    await table.environment.pass(KEEP_MS)
    await table.deliver()
    expect([asked.length, idsOf(cards)]).toEqual([1, ['c3']])
    await second.cleanup()
    await table.environment.pass(KEEP_MS)
    await table.deliver()
    expect([asked.at(-1), idsOf(cards)]).toEqual(['ended', []])
  })

  it('BND-20 a collection that is cleaned up lets go of all, and loads anew when it is asked again', async () => {
    const cards = cardsOf(ann)
    const build = () => createLiveQueryCollection((q) => q.from({ card: cards }))
    const query = await load(table, build())
    await query.cleanup()
    await cards.cleanup()
    await table.environment.pass(KEEP_MS)
    await table.deliver()
    expect(asked).toEqual(['all', 'ended'])
    const again = await load(table, build())
    expect(idsOf(again).toSorted()).toEqual(all)
    await again.cleanup()
  })

  it('BND-20 a row that two subsets hold stays until neither does', async () => {
    const cards = cardsOf(ann)
    const [first, second] = [
      await load(
        table,
        createLiveQueryCollection((q) => q.from({ card: cards }).where(({ card }) => gt(card.votes, 3))),
      ),
      await load(
        table,
        createLiveQueryCollection((q) => q.from({ card: cards }).where(({ card }) => lt(card.votes, 10))),
      ),
    ]
    expect(idsOf(cards).toSorted()).toEqual(all)
    await first.cleanup()
    await table.deliver()
    expect(idsOf(cards).toSorted()).toEqual(['c1', 'c2', 'c3', 'c4'])
    await second.cleanup()
  })

  it('BND-20 a query that is refused is an error, and others go on', async () => {
    const cards = cardsOf(ann)
    const good = await load(
      table,
      createLiveQueryCollection((q) => q.from({ card: cards }).where(({ card }) => eq(card.votes, 3))),
    )
    const bad = createLiveQueryCollection((q) =>
      q.from({ card: cards }).where(({ card }) => eq(card.title, 'a\0')),
    )
    const failed = expect(bad.preload()).rejects.toThrow()
    await table.deliver()
    await failed
    expect(idsOf(good)).toEqual(['c3'])
    await good.cleanup()
  })

  it('BND-20 an eager collection holds all, and is ready with its rows', async () => {
    const cards = cardsOf(ann, 'eager')
    const loaded = cards.preload()
    expect(cards.status).toBe('loading')
    await table.deliver()
    await loaded
    expect([cards.status, idsOf(cards).toSorted(), asked]).toEqual(['ready', all, ['all']])
    await cards.cleanup()
    await table.environment.pass(KEEP_MS)
    await table.deliver()
    expect(asked.at(-1)).toBe('ended')
  })
})
