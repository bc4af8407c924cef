import type { Value } from '../../../src/protocol/value.ts'
import type { kinds } from '../../fixtures/types/schema.ts'

/** The columns that are tried. */
export type Kind = Exclude<keyof typeof kinds.$inferSelect, 'tenantId' | 'id'>

/** The edge values of a type, and what is none of its values. */
export type Case = {
  /** Each as it travels, and as text that Postgres reads as that value. Two at least, the one that is first in order first. */
  readonly values: readonly (readonly [value: Value, sql: string])[]
  /** Values that an edit is refused for. */
  readonly refused: readonly Value[]
  /** What another program may write and nobody can be shown: it is set aside, with a reason. */
  readonly aside?: readonly string[]
  /** Why it is not sorted. */
  readonly unsorted?: true
}

const UUIDS = ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'] as const

/** Values that are the same as text. */
const same = (...texts: readonly string[]): Case['values'] => texts.map((text) => [text, text])
/** And those that are written as JSON. */
const json = (...values: readonly Value[]): Case['values'] =>
  values.map((value) => [value, JSON.stringify(value)])
/** And lists of whole numbers. */
const lists = (...values: readonly (readonly number[])[]): Case['values'] =>
  values.map((value) => [value, `{${value.join()}}`])

export const CASES: Readonly<Record<Kind, Case>> = {
  text: { values: same('', 'naïve "quotes" \\ and\nlines 🌊', '🌊'), refused: [1, true, ['x'], 'a\0b'] },
  choice: { values: same('one', 'two'), refused: ['three', ''], aside: ['three'] },
  varchar: {
    values: same('', '🌊🌊🌊🌊🌊', '🌊🌊🌊🌊🌋'),
    refused: ['123456', '12345 ', 1],
  },
  unbounded: { values: same('', 'any length of text is taken here'), refused: [1] },
  char: { values: same('   ', 'ab ', 'abc', '🌊🌊🌊'), refused: ['', 'ab', 'abcd', 'abc '] },
  uuid: {
    values: same(UUIDS[0], '0190b6a1-7c3e-7d4f-8a5b-0123456789ab', UUIDS[1]),
    refused: [UUIDS[1].toUpperCase(), UUIDS[0].replaceAll('-', ''), `{${UUIDS[0]}}`, 'x'],
  },
  mood: { values: same('ok', 'sad', 'very happy'), refused: ['happy', 'OK', ''], unsorted: true },
  smallint: { values: json(-32_768, -1, 0, 32_767), refused: [-32_769, 32_768, 0.5, '1'] },
  integer: {
    values: json(-2_147_483_647, 0, 2_147_483_647),
    refused: [-2_147_483_648, 2_147_483_648, 0.5, '1'],
    aside: ['-2147483648'],
  },
  bigint: {
    values: json(Number.MIN_SAFE_INTEGER, 0, Number.MAX_SAFE_INTEGER),
    refused: [2 ** 53, -(2 ** 53), 0.5],
    aside: ['9007199254740992'],
  },
  large: {
    values: json(Number.MIN_SAFE_INTEGER, 0, Number.MAX_SAFE_INTEGER),
    refused: [2 ** 53, '1'],
    aside: ['9223372036854775807'],
  },
  real: {
    values: json(-3.4028235e38, -0.1, 0, 1e-45, 0.1, 0.33333334, 16777216, 3.4028235e38),
    refused: [1 / 3, 16777217, 3.5e38, 1e-46, 0.1 + 0.2],
    aside: ['NaN', 'Infinity'],
  },
  double: {
    values: json(-1.7976931348623157e308, 0, 5e-324, 0.1 + 0.2, 1e21, 1.7976931348623157e308),
    refused: ['1', [1]],
    aside: ['NaN', '-Infinity'],
  },
  decimal: {
    values: same('-9999999999999.99', '-0.01', '0.00', '0.10', '12.30', '9999999999999.99'),
    refused: ['12.3', '12', '012.30', '-0.00', '+1.00', '1e2', '10000000000000.00', 12.3],
    aside: ['NaN'],
    unsorted: true,
  },
  fraction: {
    values: same('-0.999', '0.000', '0.001', '0.999'),
    refused: ['1.000', '.5', '0.5'],
    unsorted: true,
  },
  counted: {
    values: json(-99_999_999.9999, -0.5, 0, 0.0001, 12.3, 99_999_999.9999),
    refused: [0.000_01, 100_000_000, 0.1 + 0.2, '1'],
    aside: ['NaN'],
  },
  boolean: { values: json(false, true), refused: [0, 'true'] },
  day: {
    values: same('0001-01-01', '2024-02-29', '9999-12-31'),
    refused: ['2023-02-29', '0000-01-01', '2024-2-29', '2024-02-29T00:00:00.000Z'],
    aside: ['infinity', '10000-01-01', '0001-01-01 BC'],
  },
  dayAsDate: { values: same('0001-01-01', '9999-12-31'), refused: ['2023-02-29'], aside: ['-infinity'] },
  time: {
    values: same('00:00:00', '12:30:00', '12:30:00.000001', '12:30:00.5', '23:59:59.999999', '24:00:00'),
    refused: ['12:30', '24:00:01', '12:30:00.50', '12:30:00.0000001', '12:60:00', '12:30:00Z'],
  },
  minutes: { values: same('00:00:00', '12:30:59', '24:00:00'), refused: ['12:30:00.5', '12:30'] },
  moment: {
    values: same('0001-01-01T00:00:00.000Z', '2024-02-29T23:59:59.007Z', '9999-12-31T23:59:59.999Z'),
    refused: ['2024-02-29T23:59:59Z', '2024-02-29T23:59:59.000+01:00', '2023-02-29T00:00:00.000Z'],
    aside: ['infinity', '10000-01-01T00:00:00Z'],
  },
  second: {
    values: same('0001-01-01T00:00:00.000Z', '2024-02-29T23:59:59.000Z'),
    refused: ['2024-02-29T23:59:59.007Z', '2024-02-29T23:59:59Z'],
  },
  local: {
    values: same(
      '0001-01-01T00:00:00',
      '2024-02-29T12:30:00',
      '2024-02-29T12:30:00.000001',
      '2024-02-29T12:30:00.5',
      '9999-12-31T23:59:59.999999',
    ),
    refused: [
      '2024-02-29 12:30:00',
      '2024-02-29T12:30:00Z',
      '2023-02-29T12:30:00',
      '2024-02-29T12:30:00.50',
      '2024-02-29T24:00:00',
      '0000-01-01T00:00:00',
    ],
    aside: ['infinity', '10000-01-01T00:00:00', '0001-01-01T00:00:00 BC'],
  },
  localSecond: {
    values: same('1900-02-28T00:00:00', '2000-02-29T23:59:59'),
    refused: ['2024-02-29T12:30:00.5', '1900-02-29T00:00:00'],
  },
  json: {
    values: json({}, [], 0, '', false, { b: [1, { a: null }], a: '🌊' }),
    refused: [],
    aside: ['1e400'],
    unsorted: true,
  },
  texts: {
    values: [
      [[], '{}'],
      [['a,b', '{}', '', 'NULL'], '{"a,b","{}","","NULL"}'],
    ],
    refused: ['a', [1], [null], [['a']]],
    aside: ['{NULL}', '{{a},{b}}'],
    unsorted: true,
  },
  smallints: {
    values: lists([], [-32_768, 0, 32_767]),
    refused: [[32_768], [0.5], ['1'], [null], [[1]], {}, 1],
    aside: ['{NULL}', '{{1},{2}}'],
    unsorted: true,
  },
  integers: {
    values: lists([], [-2_147_483_647, 0, 2_147_483_647]),
    refused: [[2_147_483_648], [1.5], [null], [[1]], 'x'],
    aside: ['{NULL}'],
    unsorted: true,
  },
  bigints: {
    values: lists([], [Number.MIN_SAFE_INTEGER, 0, Number.MAX_SAFE_INTEGER]),
    refused: [[2 ** 53], [null]],
    aside: ['{9007199254740992}'],
    unsorted: true,
  },
}
