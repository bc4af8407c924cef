import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { compareRows } from '../../../src/core/query/compare-rows.ts'
import { holds } from '../../../test/support/property.ts'
import { reordered } from '../../src/queries/reordered.ts'
import { SETTLED, type ShownRow, shownRow } from '../../src/replica/shown-row.ts'
import type { ShownChange } from '../../src/replica/view-changes.ts'

const compare = compareRows([['stars', 'desc']])

const rowsById = fc
  .array(fc.record({ id: fc.integer({ min: 0, max: 30 }), stars: fc.integer({ min: 0, max: 4 }) }))
  .map((rows) => new Map(rows.map(({ id, stars }) => [id, shownRow({ id: `n-${id}`, stars }, SETTLED)])))

it('QRY-47 a sorted list with some rows changed is what sorting all of them anew gives', () => {
  holds(
    fc.property(rowsById, rowsById, (before, after) => {
      const changes = [...new Set([...before.keys(), ...after.keys()])].map(
        (id): ShownChange => [before.get(id), after.get(id)],
      )
      const sorted = (rows: Map<number, ShownRow>) => [...rows.values()].sort(compare)
      expect(reordered(sorted(before), changes, compare)).toEqual(sorted(after))
    }),
  )
})
