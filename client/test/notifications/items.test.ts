import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { advanced, NOTIFICATION_STEPS, stateOf, unread } from '../../../src/core/app/notification-state.ts'
import type { Row } from '../../../src/protocol/value.ts'
import { holds } from '../../../test/support/property.ts'
import { toItems } from '../../src/notifications/items.ts'

const row = (id: string, more: Row = {}): Row => ({
  ...{
    id,
    kind: 'prize',
    event: `of ${id}`,
    groupKey: null,
    data: { id },
    by: 'ada',
    at: id,
    collection: 'cards',
    record: 'c1',
  },
  ...more,
})

const none = () => false

/** Rows with few kinds and groups, and a rank for each. */
const inboxes = fc.array(
  fc.record({
    kind: fc.constantFrom('prize', 'late'),
    groupKey: fc.constantFrom('g1', 'g2', null),
    by: fc.constantFrom('ada', 'ben', ''),
    rank: fc.nat({ max: 11 }),
  }),
  { maxLength: 12 },
)

function itemsOf(given: readonly { readonly rank: number }[], isMuted: (kind: string) => boolean = none) {
  const rows = given.map(({ rank: _, ...more }, i) => row(`n${i}`, more))
  return { rows, ...toItems(rows, (id) => given[Number(id.slice(1))]?.rank ?? 0, isMuted) }
}

describe('items', () => {
  it('NTF-20 have each notification once, in the order of the newest of each', () => {
    const law = fc.property(inboxes, (given) => {
      const { rows, items, archived } = itemsOf(given)
      const ids = [...items, ...archived].flatMap((item) => item.ids)
      expect(ids.toSorted()).toEqual(rows.map((one) => one['id']).toSorted())
      for (const list of [items, archived]) {
        const newest = list.map(({ id }) => rows.findIndex((one) => one['id'] === id))
        expect(newest).toEqual(newest.toSorted((a, b) => a - b))
      }
    })
    holds(law)
  })

  it('NTF-20 say of several what the newest says, how many there are, and the earliest state', () => {
    const law = fc.property(inboxes, (given) => {
      const { rows, items, archived } = itemsOf(given)
      for (const item of [...items, ...archived]) {
        const members = item.ids.map((id) => Number(id.slice(1)))
        expect(item).toMatchObject({ count: members.length, data: { id: item.ids[0] }, id: item.ids[0] })
        const states = members.map((i) => stateOf(given[i]?.rank ?? 0))
        expect(item.state).toBe(NOTIFICATION_STEPS.find((step) => states.includes(step)))
        for (const i of members)
          expect([rows[i]?.['kind'], rows[i]?.['groupKey']]).toEqual([item.kind, item.group])
        if (item.group === null) expect(item.count).toBe(1)
      }
      const keys = items.flatMap(({ kind, group }) => (group === null ? [] : `${kind} ${group}`))
      expect(new Set(keys).size).toBe(keys.length)
      expect(archived.every(({ state }) => state === 'archived')).toBe(true)
      expect(items.some(({ state }) => state === 'archived')).toBe(false)
    })
    holds(law)
  })

  it('NTF-18 have none of a muted kind, and the same ones besides', () => {
    const law = fc.property(inboxes, (given) => {
      const without = itemsOf(given, (kind) => kind === 'late')
      const all = itemsOf(given)
      expect(without.items).toEqual(all.items.filter(({ kind }) => kind !== 'late'))
      expect(without.archived).toEqual(all.archived.filter(({ kind }) => kind !== 'late'))
    })
    holds(law)
  })

  it('NTF-20 name the authors, that of the newest first, and none for nobody', () => {
    const rows = ['ben', '', 'ada', 'ben'].map((by, i) => row(`n${i}`, { by, groupKey: 'g' }))
    expect(toItems(rows, () => 0, none).items).toMatchObject([{ by: ['ben', 'ada'], count: 4 }])
  })
})

it('NTF-20 an event that a person is told of for two reasons is one, as far as either says', () => {
  const rows = ['n3', 'n2', 'n1'].map((id) =>
    row(id, { event: id === 'n1' ? 'other' : 'same', groupKey: 'g' }),
  )
  const { items } = toItems(rows, (id) => (id === 'n2' ? 2 : id === 'n1' ? 1 : 0), none)
  expect(items).toMatchObject([{ ids: ['n3', 'n2', 'n1'], count: 2, state: 'seen' }])
})

describe('the rank of a state', () => {
  const acts = [
    (rank: number) => advanced(rank, 'seen'),
    (rank: number) => advanced(rank, 'read'),
    (rank: number) => advanced(rank, 'archived'),
    unread,
  ]

  it('NTF-16 only grows, so that the greatest is the last word, in whatever order they come', () => {
    const law = fc.property(fc.nat({ max: 40 }), fc.constantFrom(...acts), (rank, act) => {
      expect(act(rank)).toBeGreaterThanOrEqual(rank)
      expect(act(act(rank))).toBe(act(rank))
    })
    holds(law)
  })

  it('NTF-16 says the state that was asked for, or a later one', () => {
    const law = fc.property(fc.nat({ max: 40 }), fc.constantFrom(...NOTIFICATION_STEPS), (rank, to) => {
      const steps = [stateOf(rank), to, stateOf(advanced(rank, to))].map((one) =>
        NOTIFICATION_STEPS.indexOf(one),
      )
      expect(steps[2]).toBe(Math.max(steps[0] ?? 0, steps[1] ?? 0))
      expect(['unseen', 'seen']).toContain(stateOf(unread(rank)))
      expect(stateOf(unread(rank))).toBe('seen')
    })
    holds(law)
  })
})
