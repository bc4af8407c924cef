import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { rowsOf } from '../../../src/core/external/take-external.ts'
import type { Op } from '../../../src/protocol/edit.ts'
import { BothSides, type Ending } from '../../support/both-sides.ts'
import { Author, addTo, insert, remove, set } from '../../support/memory-tenant.ts'
import { holds } from '../../support/property.ts'
import { CARD_IDS } from '../../support/random-log.ts'
import { external, poisonedSteps, run, steps } from '../../support/random-steps.ts'

it('OUT-8 whoever changes what, in whatever batches, with answers lost and edits refused: both end with the same rows', () => {
  holds(
    fc.property(steps, (list) => {
      const { tenant, postgres } = run(list)
      for (const collection of ['cards', 'keepers', 'awards']) {
        for (const id of CARD_IDS)
          expect(postgres.table(collection).get(id)).toEqual(tenant.row(collection, id))
      }
    }),
    1_500,
  )
})

it('ASD-5 whoever puts what into Postgres: both end with the same rows, but for those that are set aside there', () => {
  const met = { aside: 0, mended: 0 }
  holds(
    fc.property(poisonedSteps, (list) => {
      const { tenant, postgres } = run(list)
      for (const collection of ['cards', 'keepers', 'awards']) {
        for (const id of CARD_IDS) {
          const row = postgres.table(collection).get(id)
          const isOdd = row?.['state'] === 'odd'
          expect(tenant.row(collection, id)).toEqual(isOdd ? undefined : row)
          expect(tenant.aside(collection, id) !== undefined).toBe(isOdd)
          if (isOdd) met.aside++
        }
      }
      const isAside = new Set<string>()
      for (const { kind, id } of tenant.log.flatMap(({ external: rows = [] }) => rows)) {
        if (kind === 'aside') isAside.add(id)
        else if (kind === 'insert' && isAside.has(id)) met.mended++
      }
    }),
    1_500,
  )
  expect(Math.min(met.aside, met.mended)).toBeGreaterThan(50)
})

/** A second record of an id, while Postgres has the first, which somebody changed there. */
function secondOfAnId() {
  const both = new BothSides()
  const mia = new Author(both.tenant, 'client-a1')
  const act = (...ops: Op[]) => {
    mia.look()
    mia.send(...ops)
  }
  act(insert('cards', 'c1', { title: 'first', owner: 'mia' }))
  both.send(1)
  both.postgres.update('cards', 'c1', () => ({ title: 'from outside' }))
  act(remove('cards', 'c1'))
  act(insert('cards', 'c1', { title: 'second', owner: 'mia' }))
  return { both, act }
}

it('OUT-8 a change meant for an earlier record of an id takes nothing from the later one, also when its end is undone', () => {
  const { both, act } = secondOfAnId()
  act(set('cards', 'c1', { title: 'mine' }))
  act(remove('cards', 'c1'))
  both.read()
  // Postgres has the rest, and refuses that the later record ends.
  both.send(4, 'answered', 3)
  both.drain()
  expect(both.tenant.row('cards', 'c1')).toMatchObject({ title: 'mine' })
  expect(both.postgres.table('cards').get('c1')).toEqual(both.tenant.row('cards', 'c1'))
})

it('OUT-8 a change meant for an earlier record of an id takes nothing from one that comes back in the place of a third', () => {
  const { both, act } = secondOfAnId()
  act(remove('cards', 'c1'))
  act(insert('cards', 'c1', { title: 'third', owner: 'mia' }))
  both.read()
  // The second record stays, so the third was never made.
  both.send(3, 'answered', 2)
  both.drain()
  expect(both.tenant.row('cards', 'c1')).toMatchObject({ title: 'second' })
  expect(both.postgres.table('cards').get('c1')).toEqual(both.tenant.row('cards', 'c1'))
})

it('OUT-8 a change meant for an earlier record of an id takes nothing from the later one, also when something before its end is undone', () => {
  const { both, act } = secondOfAnId()
  act(insert('cards', 'c2', { title: 'refused', owner: 'mia' }))
  act(set('cards', 'c2', { title: 'undone with it' }), set('cards', 'c1', { title: 'undone' }))
  act(set('cards', 'c1', { title: 'mine' }))
  act(remove('cards', 'c1'))
  both.read()
  both.send(6, 'answered', 2)
  // The end is refused, too.
  both.send(3, 'answered', 1)
  both.drain()
  expect(both.tenant.row('cards', 'c1')).toMatchObject({ title: 'mine' })
  expect(both.postgres.table('cards').get('c1')).toEqual(both.tenant.row('cards', 'c1'))
})

it('OUT-9 every external change becomes exactly one entry of the log, in its order', () => {
  holds(
    fc.property(steps, (list) => {
      const { tenant, postgres } = run(list)
      const taken = tenant.log.flatMap(({ external: change }) => change ?? [])
      expect(taken).toMatchObject(
        postgres.changes
          .flatMap(rowsOf)
          .map(({ kind, collection, id, after }) => ({ kind, collection, id, after })),
      )
    }),
  )
})

it('OUT-10 deltas of both sides count exactly once', () => {
  const lossy = fc.constantFrom<Ending>('answered', 'lost answer', 'lost')
  const votes = fc.array(
    fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          is: fc.constantFrom('edit' as const, 'outside' as const),
          n: fc.integer({ min: -5, max: 9 }),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          is: fc.constant('send' as const),
          size: fc.integer({ min: 1, max: 5 }),
          ending: lossy,
        }),
      },
    ),
    { maxLength: 50 },
  )
  holds(
    fc.property(votes, (list) => {
      const both = new BothSides()
      const mia = new Author(both.tenant, 'client-a1')
      mia.send(insert('cards', 'c1', { title: 'Tide', owner: 'mia' }))
      both.drain()
      for (const step of list) {
        if ('size' in step) both.send(step.size, step.ending)
        else if (step.is === 'edit') mia.send(addTo('cards', 'c1', 'votes', step.n))
        else external(both.postgres, 'vote', ['cards', 'c1'], step.n)
      }
      both.drain()
      const sum = list.reduce((total, step) => total + ('size' in step ? 0 : step.n), 0)
      expect(both.tenant.row('cards', 'c1')).toMatchObject({ votes: sum })
      expect(both.postgres.table('cards').get('c1')).toMatchObject({ votes: sum })
    }),
  )
})
