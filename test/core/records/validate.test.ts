import { describe, expect, it } from 'vitest'
import { checkValue, completeRow } from '../../../src/core/records/validate.ts'
import type { ColumnType } from '../../../src/protocol/manifest.ts'
import type { Value } from '../../../src/protocol/value.ts'
import { cards, column } from '../../fixtures/board.ts'

/** Per column type what fits and what does not: a new type does not compile untested. */
const CASES: Readonly<Record<ColumnType, { fits: Value[]; invalid: Value[] }>> = {
  text: { fits: ['', 'x', '🌊'], invalid: [1, true, ['x'], { x: 1 }] },
  integer: { fits: [0, -1, 2_147_483_647, -2_147_483_647], invalid: [2_147_483_648, 0.5, '1', true] },
  bigint: { fits: [0, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER], invalid: [2 ** 53, 0.5, '1'] },
  number: { fits: [0, 0.1, -1e308], invalid: ['1', Number.POSITIVE_INFINITY, Number.NaN, [1]] },
  boolean: { fits: [true, false], invalid: [0, 1, 'true'] },
  date: {
    fits: ['2026-11-22', '2024-02-29', '2000-02-29', '0001-01-01', '9999-12-31'],
    invalid: [
      '2026-02-29',
      '1900-02-29',
      '2026-13-01',
      '2026-04-31',
      '2026-1-1',
      '0000-01-01',
      '2026-11-22T00:00',
      20261122,
    ],
  },
  timestamp: {
    fits: ['2026-11-22T23:59:59.999Z', '2024-02-29T00:00:00.000Z'],
    invalid: [
      '2026-11-22T24:00:00.000Z',
      '2026-11-22T10:60:00.000Z',
      '2026-11-22T10:00:00Z',
      '2026-02-30T10:00:00.000Z',
      '2026-11-22',
    ],
  },
  json: { fits: [0, 'x', [1, { a: null }], {}], invalid: [] },
  'text[]': { fits: [[], ['a', '']], invalid: ['a', [1], [null], {}] },
}

describe.each(Object.entries(CASES))('%s', (type, { fits, invalid }) => {
  const tested = Object.keys(CASES).find((name): name is ColumnType => name === type)
  if (!tested) throw new Error(`no such type: ${type}`)

  it('ADM-1 takes what fits, unchanged', () => {
    for (const value of fits) expect(checkValue(column('c', { type: tested }), value)).toBeUndefined()
  })

  it('ADM-1 refuses what does not fit, and converts nothing', () => {
    for (const value of invalid) {
      const invalid = checkValue(column('c', { type: tested }), value)
      expect({ value, code: invalid?.code }).toEqual({ value, code: 'bad-value' })
    }
  })

  it('ADM-1 takes null only where the column does', () => {
    expect(checkValue(column('c', { type: tested, nullable: true }), null)).toBeUndefined()
    expect(checkValue(column('c', { type: tested }), null)?.code).toBe('bad-value')
  })
})

describe('a new record', () => {
  const values = { title: 'Tide', owner: 'mia' }

  it('ADM-2 gets defaults where the insert is silent', () => {
    expect(completeRow(cards, 'c1', values)).toEqual({
      row: {
        ...{
          id: 'c1',
          title: 'Tide',
          note: null,
          hint: 'none',
          votes: 0,
          owner: 'mia',
          state: 'open',
          points: 0,
        },
        ...{ best: 0, first: null, labels: [], advice: null, story: null, record: 0 },
      },
    })
  })

  it.each([
    ['without a needed value', { title: 'Tide' }, 'missing-value'],
    ['with a column that does not exist', { ...values, admin: true }, 'unknown-column'],
    ['with a value of the wrong type', { ...values, votes: '1' }, 'bad-value'],
    ['with a value outside the list', { ...values, state: 'stolen' }, 'bad-value'],
    ['with a field that belongs to an effect', { ...values, points: 5 }, 'effect-only'],
    ['with another id', { ...values, id: 'c2' }, 'bad-value'],
    ['with null where a value is needed', { ...values, votes: null }, 'bad-value'],
  ])('ADM-2 %s is refused', (_, given, code) => {
    expect(completeRow(cards, 'c1', given)).toMatchObject({ invalid: { code } })
  })

  it('ADM-2 keeps an explicit null where the column has a default', () => {
    const collection = {
      ...cards,
      columns: [column('id'), column('note', { nullable: true, default: 'none' })],
    }
    expect(completeRow(collection, 'c1', { note: null })).toEqual({ row: { id: 'c1', note: null } })
  })
})
