import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LogEntry } from '../../src/core/log.ts'
import { part, rowValues } from '../../src/core/publish.ts'
import type { Part } from '../../src/protocol/down.ts'
import type { Value } from '../../src/protocol/value.ts'
import { cards } from '../support/board.ts'
import { holds } from '../support/property.ts'
import { actions, CARD_IDS, tenantAfter } from '../support/random-log.ts'

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
          const told = part(1, cards, tenant.log.slice(from, to))
          if (told) follow(rows, told)
          from = to
        }
        for (const id of CARD_IDS) {
          const row = tenant.row('cards', id)
          expect(rows.get(id)).toEqual(row && rowValues(cards, row))
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
    expect(part(7, cards, tenant.log)).toEqual([7, [['c1', 't2', null, 3, 'mia', 'open', 0]], [], ['c2']])
  })

  it('REC-10 a changed record travels as its id and the columns that changed', () => {
    const tenant = tenantAfter([
      ['insert', 'c1', 1],
      ['title', 'c1', 2],
      ['vote', 'c1', 3],
    ])
    expect(part(7, cards, tenant.log.slice(1))).toEqual([7, [], [['c1', 1, 't2', 3, 3]], []])
  })

  it('REC-10 nothing is said of an interval that changed nothing in the view', () => {
    const entry: LogEntry = { seq: 1, actor: 'client-a1', n: 1, subject: 'mia', at: 0, changes: [] }
    expect(part(7, cards, [entry])).toBeUndefined()
  })
})
