import { expect, it } from 'vitest'
import type { Row } from '../../../src/protocol/value.ts'
import { comeTo } from './come-to.ts'
import { type Event, placeChanges } from './judge.ts'
import type { SqlTouch } from './touch.ts'

let places = 0

/** What a session did to a row, after all before. */
function touch(id: string, over: Row | undefined, wrote: Row | undefined): SqlTouch {
  const place = ++places
  return { author: 'sql-1', table: 'cards', id, ...(over && { over }), ...(wrote && { wrote }), place }
}

/** What a transaction comes to, without who did it and when. */
function outcomes(...touches: SqlTouch[]) {
  return comeTo(touches).map(({ id, over, wrote }) => [id, over, wrote])
}

/** What the log says where nothing is wrong. */
function eventsOf(changes: readonly SqlTouch[]): Event[] {
  return changes.map(({ table, id, over = {}, wrote = {} }, index) => {
    const op =
      Object.keys(over).length === 0 ? 'insert' : Object.keys(wrote).length === 0 ? 'delete' : 'update'
    return { seq: index + 1, op, table, id, before: over, after: wrote }
  })
}

it('OUT-23 what a transaction did to a row is from what was there before to what is there after', () => {
  expect(
    outcomes(
      touch('c1', { notes: 'a' }, { notes: 'b' }),
      touch('c2', { notes: 'x' }, { notes: 'y' }),
      touch('c1', { notes: 'b', reactions: 1 }, { notes: 'c', reactions: 2 }),
    ),
  ).toEqual([
    ['c1', { notes: 'a', reactions: 1 }, { notes: 'c', reactions: 2 }],
    ['c2', { notes: 'x' }, { notes: 'y' }],
  ])
  const [made, changed] = [
    { id: 'c1', notes: 'a' },
    { id: 'c1', notes: 'b' },
  ]
  const change = touch('c1', { notes: 'a' }, { notes: 'b' })
  const back = touch('c1', { notes: 'b' }, { notes: 'a' })
  expect(outcomes(change, back)).toEqual([])
  expect(outcomes(touch('c1', undefined, made), change)).toEqual([['c1', undefined, changed]])
  expect(outcomes(touch('c1', undefined, made), change, touch('c1', changed, undefined))).toEqual([])
  expect(outcomes(change, touch('c1', changed, undefined))).toEqual([['c1', made, undefined]])
  const replaced = [touch('c1', changed, undefined), touch('c1', undefined, made)]
  expect(outcomes(change, ...replaced, change)).toEqual([
    ['c1', made, undefined],
    ['c1', undefined, changed],
  ])
})

const changes = [
  touch('c1', undefined, { id: 'c1', notes: 'a', reactions: 0 }),
  touch('c1', { notes: 'a' }, { notes: 'b' }),
  touch('c1', { reactions: 0 }, { reactions: 5 }),
  touch('c1', { id: 'c1', notes: 'b', reactions: 5 }, undefined),
  touch('c2', { notes: 'x' }, { notes: 'y' }),
]

it('OUT-23 a log that tells all changes in the order of each row is faultless', () => {
  const [c1, c2] = [changes.slice(0, 4), changes.slice(4)]
  for (const order of [changes, [...c2, ...c1]]) {
    const { placed, faults } = placeChanges(changes, eventsOf(order))
    expect(faults).toEqual([])
    expect(placed).toHaveLength(changes.length)
  }
})

it.each(changes.map((_, index) => index))('OUT-23 change %i is missed, and no other', (index) => {
  const events = eventsOf(changes)
  const { faults, placed } = placeChanges(changes, events.toSpliced(index, 1))
  expect(faults).toEqual([expect.stringContaining('nothing tells of')])
  expect(placed).not.toContainEqual(expect.objectContaining({ place: changes[index]?.place }))
  expect(placed).toHaveLength(changes.length - 1)
})

it.each(changes.map((_, index) => index))('OUT-23 change %i is told too often', (index) => {
  const events = eventsOf(changes)
  const again = events.slice(index, index + 1)
  expect(placeChanges(changes, [...events, ...again]).faults).toEqual([
    expect.stringContaining('nobody did at that place'),
  ])
})

it('OUT-23 a change is told in another place, with other values, or of another row', () => {
  const events = eventsOf(changes)
  const [first, second, third, ...rest] = events
  if (!first || !second || !third) throw new Error('there are more changes than that')
  const spoilt: Event[][] = [
    [first, third, second, ...rest],
    [first, { ...second, after: { notes: 'c' } }, third, ...rest],
    [first, { ...second, before: {} }, third, ...rest],
    [first, { ...second, after: { notes: 'b', reactions: 5 } }, third, ...rest],
    [first, { ...second, id: 'c3' }, third, ...rest],
    [first, { ...second, op: 'insert' }, third, ...rest],
  ]
  for (const told of spoilt) expect(placeChanges(changes, told).faults).toHaveLength(2)
})
