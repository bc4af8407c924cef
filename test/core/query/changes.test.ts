import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { intervalChanges, recordChanges } from '../../../src/core/query/changes.ts'
import { viewDelta } from '../../../src/core/query/delta.ts'
import { type View, valuesOf } from '../../../src/core/query/view.ts'
import type { Part } from '../../../src/protocol/down/rows.ts'
import { EVERYTHING } from '../../../src/protocol/normal-filter.ts'
import type { Row, Value } from '../../../src/protocol/value.ts'
import { cards } from '../../fixtures/board.ts'
import type { MemoryTenant } from '../../support/memory-tenant.ts'
import { holds } from '../../support/property.ts'
import { actions, CARD_IDS, tenantAfter } from '../../support/random-log.ts'

const all: View = {
  collection: cards,
  filter: EVERYTHING,
  orderBy: [],
  limit: undefined,
  columns: cards.columns.map(({ name }) => name),
}

/** What a reader of all cards is told of an interval, as the tenant stood at its end. */
function told(tenant: MemoryTenant, from = 0, to = tenant.head): Part | undefined {
  const ends = new Map<string, Row | undefined>()
  // The rows at the end of the interval are those of the head, taken back by what came after.
  for (const { id, before } of recordChanges(tenant.log.slice(to).toReversed(), (name, id) =>
    tenant.row(name, id),
  ))
    ends.set(id, before)
  const nets = intervalChanges(tenant.log.slice(from, to).toReversed(), (name, id) =>
    ends.has(id) ? ends.get(id) : tenant.row(name, id),
  )
  return viewDelta(all, 7, nets.get('cards'), () => [])
}

/** A reader that applies parts to rows it holds, and nothing else. */
function follow(rows: Map<Value, Value[]>, [, puts, patches, leaves]: Part): void {
  for (const row of puts) rows.set(row[0] ?? null, [...row])
  for (const [id, ...pairs] of patches) {
    const row = rows.get(id)
    if (!row) throw new Error(`a patch for ${id}, which the reader does not hold`)
    for (let i = 0; i < pairs.length; i += 2) row[Number(pairs[i])] = pairs[i + 1] ?? null
  }
  for (const id of leaves) rows.delete(id)
}

describe('what a reader is told', () => {
  it('REC-10 intervals of any length, applied in order, give the rows as they stand', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 40 })
    holds(
      fc.property(actions, sizes, (list, steps) => {
        const tenant = tenantAfter(list)
        const rows = new Map<Value, Value[]>()
        for (let from = 0, i = 0; from < tenant.head; i++) {
          const to = from + (steps[i % steps.length] ?? 1)
          const part = told(tenant, from, to)
          if (part) follow(rows, part)
          from = to
        }
        for (const id of CARD_IDS) {
          const row = tenant.row('cards', id)
          expect(rows.get(id)).toEqual(row && valuesOf(all, row))
        }
      }),
    )
  })

  it('REC-10 each record comes once, at its last state', () => {
    const tenant = tenantAfter([
      ['insert', 'c1', 1],
      ['title', 'c1', 2],
      ['vote', 'c1', 3],
      ['insert', 'c2', 4],
      ['remove', 'c2', 0],
    ])
    expect(told(tenant)).toEqual([
      7,
      [['c1', 't2', null, 3, 'mia', 'open', 0, 0, null, [], null, null, 0, 'none']],
      [],
      [],
    ])
  })

  it('REC-10 a changed record travels as its id and the columns that changed', () => {
    const tenant = tenantAfter([
      ['insert', 'c1', 1],
      ['title', 'c1', 2],
      ['vote', 'c1', 3],
    ])
    expect(told(tenant, 1)).toEqual([7, [], [['c1', 1, 't2', 3, 3]], []])
  })

  it('REC-10 nothing is said of a record that came and went, nor of one that is as it was', () => {
    const tenant = tenantAfter([
      ['insert', 'c1', 1],
      ['insert', 'c2', 1],
      ['title', 'c1', 2],
      ['remove', 'c2', 0],
      ['title', 'c1', 1],
    ])
    expect(told(tenant, 1)).toBeUndefined()
  })
})
