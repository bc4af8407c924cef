import * as fc from 'fast-check'
import * as v from 'valibot'
import { expect, it } from 'vitest'
import { MAX_ORDER_COLUMNS, MAX_WINDOW } from '../../src/protocol/limits.ts'
import { type Query, querySchema } from '../../src/protocol/query.ts'
import { whyNoQuery } from '../../src/protocol/query-form.ts'
import { damaged, JUNK } from '../support/damaged.ts'
import { holds } from '../support/property.ts'
import { query } from '../support/query-model/history.ts'

/** A query with everything that one may say. */
const FULL: Query = {
  collection: 'cards',
  where: [
    'and',
    [
      ['=', 'state', 'open'],
      ['<', 'votes', 3],
      ['in', 'note', [null, 'a', 1, true]],
      ['prefix', 'title', 'a'],
      ['not', ['or', [['has', 'labels', 'late']]]],
    ],
  ],
  orderBy: [['title', 'desc']],
  limit: 10,
  after: ['a', 'c1'],
  select: ['title'],
}

function agree(given: unknown): boolean {
  const isOne = whyNoQuery(given) === undefined
  expect([JSON.stringify(given), isOne]).toEqual([JSON.stringify(given), v.is(querySchema, given)])
  return isOne
}

const JUNK_OF_QUERIES = [
  ...JUNK,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  ['not', 1],
  ['=', 'a', []],
  ['in', 'a', 1],
]

it('SIZ-7 the form of a query is judged by hand as by its schema, whole and with any part damaged', () => {
  expect(agree(FULL)).toBe(true)
  const outcomes = new Set([...damaged(FULL, JUNK_OF_QUERIES)].map(agree))
  expect(outcomes).toEqual(new Set([true, false]))
  const columns = (count: number) => Array.from({ length: count }, () => ['title', 'asc'])
  for (const count of [0, 1, MAX_ORDER_COLUMNS, MAX_ORDER_COLUMNS + 1, MAX_ORDER_COLUMNS + 2]) {
    agree({ ...FULL, orderBy: columns(count) })
    agree({ ...FULL, after: columns(count).map(() => 'x') })
  }
  for (const limit of [0, 1, MAX_WINDOW, MAX_WINDOW + 1, 1.5]) agree({ ...FULL, limit })
  for (const key of Object.keys(FULL)) agree({ ...FULL, [key]: undefined })
  // The hole of a list is nothing.
  agree({ ...FULL, where: ['in', 'note', new Array(2)] })
})

it('SIZ-7 so are drawn queries, and those with any value in a drawn place', () => {
  holds(
    fc.property(query, fc.nat(), fc.anything(), (drawn, at, other) => {
      expect(agree(drawn)).toBe(true)
      const all = [...damaged(drawn, [other])]
      agree(all[at % all.length])
    }),
    1_000,
  )
})
