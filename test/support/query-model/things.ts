import * as fc from 'fast-check'
import {
  MAX_CONDITIONS,
  MAX_LIST_VALUES,
  MAX_NESTING,
  MAX_ORDER_COLUMNS,
} from '../../../src/protocol/limits.ts'
import type { Manifest } from '../../../src/protocol/manifest.ts'
import type { Filter, Operand, Query } from '../../../src/protocol/query.ts'
import type { Row } from '../../../src/protocol/value.ts'
import { column } from '../../fixtures/board.ts'

/** A collection with a column of each type, and queries at their limits, just within and just beyond. */
export const things: Manifest = {
  hash: 'things',
  collections: [
    {
      name: 'things',
      insertOnly: false,
      deletes: 'win',
      columns: [
        column('id'),
        column('title'),
        column('note', { nullable: true }),
        column('count', { type: 'integer' }),
        column('size', { type: 'number', nullable: true }),
        column('done', { type: 'boolean' }),
        column('dueOn', { type: 'date', nullable: true }),
        column('labels', { type: 'text[]' }),
      ],
    },
  ],
}

const TEXTS = ['', 'a', 'ab', 'b', '%', '_a', '"', '\u{1F600}', '\uFF5E', '\uE000', '\\u0041'] as const
/** Whole numbers beyond what SQLite and JavaScript both hold exactly, and fractions. */
const SIZES = [0, -1, 0.1, 1e-7, 1e21, 1.7e308, 2 ** 53 + 2, 1_234_567_890_123_456_800, -(2 ** 63)] as const
const DAYS = ['2026-01-31', '2026-02-01', '2027-01-01'] as const

const text = fc.constantFrom(...TEXTS)
const count = fc.integer({ min: -2, max: 2 })
const size = fc.constantFrom(...SIZES)
const day = fc.constantFrom(...DAYS)
const orNull = <Type>(of: fc.Arbitrary<Type>) => fc.option(of, { nil: null })

export const rows: fc.Arbitrary<Row[]> = fc
  .array(
    fc.record({
      title: text,
      note: orNull(text),
      count,
      size: orNull(size),
      done: fc.boolean(),
      dueOn: orNull(day),
      labels: fc.array(text, { maxLength: 3 }),
    }),
    { minLength: 30, maxLength: 30 },
  )
  .map((drawn) => drawn.map((row, i) => ({ id: `t${String(i).padStart(2, '0')}`, ...row })))

/** A column and what it may be compared with. */
const COMPARED: readonly (readonly [string, fc.Arbitrary<Operand>])[] = [
  ['title', text],
  ['note', text],
  ['count', count],
  ['size', size],
  ['done', fc.boolean()],
  ['dueOn', day],
]

const compared = fc.constantFrom(...COMPARED)
const sign = fc.constantFrom('<' as const, '<=' as const, '>' as const, '>=' as const)
const isText = fc.constantFrom('title', 'note')

const condition: fc.Arbitrary<Filter> = fc.oneof(
  compared.chain(([name, value]) => fc.tuple(fc.constant('=' as const), fc.constant(name), orNull(value))),
  compared.chain(([name, value]) => fc.tuple(sign, fc.constant(name), value)),
  fc.tuple(fc.constant('prefix' as const), isText, text),
  fc.tuple(fc.constant('has' as const), fc.constant('labels'), text),
  compared.chain(([name, value]) =>
    fc.tuple(fc.constant('in' as const), fc.constant(name), fc.array(orNull(value), { maxLength: 4 })),
  ),
)

const kind = fc.constantFrom('and' as const, 'or' as const)
const around = (limit: number) => fc.constantFrom(1, 2, Math.ceil(limit / 2), limit - 1, limit, limit + 1)

/** So many conditions in one list. */
const wide: fc.Arbitrary<Filter> = around(MAX_CONDITIONS).chain((length) =>
  fc.tuple(kind, fc.array(condition, { minLength: length, maxLength: length })),
)

/** As deep as so many levels, each with others beside it, and with "not" on the way. */
const deep: fc.Arbitrary<Filter> = fc
  .record({
    levels: fc.array(fc.constantFrom('and', 'or', 'not'), { maxLength: MAX_NESTING + 1 }),
    beside: fc.array(condition, { minLength: 1, maxLength: 9 }),
    core: condition,
  })
  .map(({ levels, beside, core }) =>
    levels.reduce<Filter>(
      (inner, level) =>
        level === 'not' ? ['not', inner] : [level === 'and' ? 'and' : 'or', [...beside, inner]],
      core,
    ),
  )

/** A list of so many values, most of which are nowhere. */
const listed: fc.Arbitrary<Filter> = fc
  .tuple(around(MAX_LIST_VALUES), fc.array(text, { minLength: 1, maxLength: 3 }))
  .map(([length, some]) => [
    'in',
    'title',
    [
      ...Array.from({ length: Math.max(0, length - some.length) }, (_, i) => `nowhere ${i}`),
      ...new Set(some),
    ],
  ])

/** What says nothing, among what says something. */
const hollow: fc.Arbitrary<Filter> = fc
  .tuple(
    kind,
    fc.array(fc.oneof(condition, fc.constantFrom<Filter>(['and', []], ['or', []], ['not', ['or', []]]))),
    kind,
  )
  .map(([outer, parts, inner]) => [
    outer,
    [
      [inner, parts],
      ['not', ['not', [outer, parts]]],
      [inner, []],
    ],
  ])

/** A filter of any form, at all limits. */
export const filter: fc.Arbitrary<Filter> = fc.oneof(wide, deep, listed, hollow, condition)

const SORTED = ['title', 'note', 'count', 'size', 'done', 'dueOn'] as const

/** A query with all that can come together: conditions, an order, a place in it and a limit. */
export const query: fc.Arbitrary<Query> = fc
  .record({
    where: fc.option(filter, { nil: undefined }),
    order: fc.shuffledSubarray([...SORTED], { maxLength: MAX_ORDER_COLUMNS }),
    direction: fc.constantFrom('asc' as const, 'desc' as const),
    from: fc.option(fc.nat({ max: 29 }), { nil: undefined }),
  })
  .chain(({ where, order, direction, from }) => {
    const values = order.map((name) => orNull(COMPARED.find(([known]) => known === name)?.[1] ?? text))
    return fc.tuple(...values).map(
      (place): Query => ({
        collection: 'things',
        ...(where && { where }),
        ...(order.length > 0 && {
          orderBy: order.map((name): [string, 'asc' | 'desc'] => [name, direction]),
        }),
        ...(from !== undefined && { after: [...place, `t${String(from).padStart(2, '0')}`] }),
      }),
    )
  })
