import * as v from 'valibot'
import { expect, it } from 'vitest'
import { type HistoryPage, historyPageSchema, pastEditSchema } from '../../src/protocol/history.ts'
import { historyPageForm, pastEditForm } from '../../src/protocol/history-form.ts'
import { is } from '../../src/protocol/shape.ts'
import { damaged, JUNK } from '../support/damaged.ts'

const change = {
  collection: 'cards',
  id: 'c1',
  kind: 'update',
  from: { title: 'a', votes: 1 },
  to: { title: 'b', votes: 2 },
  deltas: { votes: 1 },
} as const

const PAGE: HistoryPage = {
  epoch: 'e1',
  row: { id: 'c1', title: 'b' },
  items: [
    {
      ...change,
      epoch: 'e1',
      seq: 3,
      author: 'ann',
      client: 'client-a1',
      n: 2,
      at: 5,
      committed: true,
      refused: { code: 'busy', message: 'Later.', retryable: true, retryAfterMs: 5, ref: 'title' },
    },
  ],
  older: 'more',
  next: { epoch: 'e0', seq: 9 },
}

it.each([
  ['a page of the past', PAGE, (given: unknown) => is(historyPageForm, given), historyPageSchema],
  ['an edit of the past', { changes: [change] }, (given: unknown) => is(pastEditForm, given), pastEditSchema],
] as const)(
  'SIZ-8 %s is judged by hand as by its schema, whole and with any part damaged',
  (_, whole, form, schema) => {
    const agree = (given: unknown) => {
      expect([JSON.stringify(given), form(given)]).toEqual([JSON.stringify(given), v.is(schema, given)])
      return form(given)
    }
    expect(agree(whole)).toBe(true)
    expect(new Set([...damaged(whole, JUNK)].map(agree))).toEqual(new Set([true, false]))
  },
)
