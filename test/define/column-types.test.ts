import { sql } from 'drizzle-orm'
import {
  bigint,
  bigserial,
  char,
  customType,
  date,
  inet,
  integer,
  interval,
  json,
  jsonb,
  numeric,
  type PgColumnBuilderBase,
  pgSchema,
  pgTable,
  primaryKey,
  real,
  serial,
  smallint,
  text,
  time,
  timestamp,
  uuid,
  varchar,
} from 'drizzle-orm/pg-core'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { type AnyPolicy, counter, max, text as textPolicy } from '../../src/core/app/policies.ts'
import { checkValue } from '../../src/core/records/validate.ts'
import type { RowOf } from '../../src/define/collection-options.ts'
import { describeTable } from '../../src/define/describe-table.ts'
import { toldManifest } from '../../src/protocol/told-manifest.ts'
import type { Value } from '../../src/protocol/value.ts'
import type { kinds } from '../fixtures/types/schema.ts'
import { app } from '../fixtures/types/sync.ts'

const key = { tenantId: text('tenant_id').notNull(), id: text('id').notNull() }

const describing = (column: PgColumnBuilderBase, policy?: AnyPolicy) => () =>
  describeTable(
    'boxes',
    pgTable('boxes', { ...key, box: column }, (t) => [primaryKey({ columns: [t.tenantId, t.id] })]),
    policy ? { box: policy } : {},
  ).columns.find(({ name }) => name === 'box')

describe('a column that cannot be synced', () => {
  it.for([
    ['json', json('box'), 'write jsonb'],
    ['serial', serial('box'), 'write integer, and give the number where you insert'],
    ['bigserial', bigserial('box', { mode: 'number' }), 'write bigint'],
    ['interval', interval('box'), 'write integer for seconds, or text'],
    ['inet', inet('box'), 'write text'],
    ['bytea', customType({ dataType: () => 'bytea' })('box'), 'write text with base64'],
    ['time with time zone', time('box', { withTimezone: true }), 'write time, or timestamp with its zone'],
    ['numeric', numeric('box'), 'write numeric with a precision up to 15 and a scale'],
    [
      'numeric(20, 2)',
      numeric('box', { precision: 20, scale: 2 }),
      'such as numeric({ precision: 12, scale: 2 }), or text',
    ],
    ['numeric(12, 9)', numeric('box', { precision: 12, scale: 9, mode: 'number' }), "write mode: 'string'"],
    [
      'uuid[]',
      uuid('box').array(),
      'lists are of text, smallint, integer, bigint; write one of them, or jsonb',
    ],
    ['integer[][]', integer('box').array().array(), 'or jsonb'],
  ] as const)(
    'COL-2 of type %s is refused at start-up with what to write instead',
    ([type, column, instead]) => {
      expect(describing(column)).toThrow(`collection "boxes": "box" is ${type}, which cannot be synced; `)
      expect(describing(column)).toThrow(instead)
    },
  )

  it.for([
    ['computed by Postgres', timestamp('box').defaultNow()],
    ['computed in SQL', text('box').default(sql`gen_random_uuid()`)],
    ['made by a function', text('box').$defaultFn(() => 'made')],
    ['made by a function at each update', text('box').$onUpdate(() => 'made')],
  ] as const)('COL-3 whose default is %s is refused with what to do', ([, column]) => {
    expect(describing(column)).toThrow('"box" needs a literal default')
    expect(describing(column)).toThrow('give the value where you insert')
  })

  it.for([
    ['a text', varchar('box', { length: 3 }).default('long')],
    ['a number', smallint('box').default(40_000)],
    ['a decimal', numeric('box', { precision: 5, scale: 2 }).default('1')],
    ['a time', timestamp('box', { withTimezone: true, mode: 'string' }).default('2026-01-31')],
  ] as const)('COL-3 whose default does not fit it (%s) is refused at start-up', ([, column]) => {
    expect(describing(column)).toThrow('"box" has a default that does not fit it: "box" must be ')
  })
})

it('COL-3 a default fills what an insert leaves out: JSON of any form, days and times, large numbers', () => {
  const moment = new Date('2026-01-31T12:00:00.500Z')
  expect(describing(jsonb('box').default({ a: [1] }))()?.default).toEqual({ a: [1] })
  expect(describing(bigint('box', { mode: 'bigint' }).default(5n))()?.default).toBe(5)
  expect(describing(date('box', { mode: 'date' }).default(moment))()?.default).toBe('2026-01-31')
  expect(describing(timestamp('box', { withTimezone: true }).default(moment))()?.default).toBe(
    moment.toISOString(),
  )
  expect(describing(timestamp('box').default(moment))()?.default).toBe('2026-01-31T12:00:00.5')
  expect(describing(integer('box').array().default([1, 2]))()?.default).toEqual([1, 2])
})

it('COL-4 a key, a tenant column or a table of another form is refused with what to write', () => {
  const keyed = (columns: Record<string, PgColumnBuilderBase>) => () =>
    describeTable(
      'boxes',
      pgTable('boxes', columns, ({ tenantId, id }) =>
        tenantId && id ? [primaryKey({ columns: [tenantId, id] })] : [],
      ),
      {},
    )
  expect(keyed({ ...key, id: uuid('id').notNull() })).toThrow(
    "its id is uuid; write id: text('id').notNull(), which holds UUIDs too",
  )
  expect(keyed({ ...key, id: integer('id').notNull() })).toThrow('its id is integer')
  expect(keyed({ ...key, tenantId: uuid('tenant_id').notNull() })).toThrow(
    "write text('tenant_id').notNull()",
  )
  expect(keyed({ ...key, tenantId: text('org').notNull() })).toThrow(
    "needs tenantId: text('tenant_id').notNull()",
  )
  expect(() => describeTable('boxes', pgTable('boxes', { ...key, id: text('id').primaryKey() }), {})).toThrow(
    'needs primaryKey({ columns: [t.tenantId, t.id] })',
  )
  const elsewhere = pgSchema('other').table('boxes', key, (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
  ])
  expect(() => describeTable('boxes', elsewhere, {})).toThrow(
    'is in the schema "other": declare it by pgTable',
  )
  expect(keyed({ ...key, 'a-b': text('a_b') })).toThrow('"a-b" is no name of a column')
  expect(
    keyed({
      ...key,
      id: text('id')
        .notNull()
        .$defaultFn(() => crypto.randomUUID()),
    }),
  ).not.toThrow()
})

it('COL-5 what a type declares is what arrives: dates and times as texts, large numbers as numbers', () => {
  type Row = RowOf<typeof kinds>
  expectTypeOf<Row['dayAsDate']>().toEqualTypeOf<string | null>()
  expectTypeOf<Row['moment']>().toEqualTypeOf<string | null>()
  expectTypeOf<Row['local']>().toEqualTypeOf<string | null>()
  expectTypeOf<Row['large']>().toEqualTypeOf<number | null>()
  expectTypeOf<Row['decimal']>().toEqualTypeOf<string | null>()
  expectTypeOf<Row['counted']>().toEqualTypeOf<number | null>()
  expectTypeOf<Row['mood']>().toEqualTypeOf<'sad' | 'ok' | 'very happy' | null>()
  expectTypeOf<Row['integers']>().toEqualTypeOf<number[] | null>()
})

it('COL-6 policies that would write otherwise than Postgres, or what it has no room for, do not fit', () => {
  for (const column of [real('box'), numeric('box', { precision: 9, scale: 2, mode: 'number' })])
    expect(describing(column, counter())).toThrow('counter() is for whole numbers and double precision')
  for (const column of [varchar('box', { length: 9 }), char('box'), uuid('box')])
    expect(describing(column, textPolicy())).toThrow('text() is for texts that people write: write text')
  for (const column of [time('box'), timestamp('box'), smallint('box'), real('box')])
    expect(describing(column, max())).not.toThrow()
  expect(describing(smallint('box'), counter())).not.toThrow()
})

it('COL-7 the form of a column stays on the server: clients are told its type', () => {
  const { columns = [] } = toldManifest(app.manifest).collections[0] ?? {}
  expect(columns.map(({ name }) => name)).toEqual(
    app.manifest.collections[0]?.columns.map(({ name }) => name),
  )
  expect(columns.filter((column) => 'form' in column)).toEqual([])
})

it('COL-1 whole numbers are taken from end to end of their type, alone and in lists, and no other', () => {
  const [small, list] = [describing(smallint('box'))(), describing(integer('box').array())()]
  if (!small || !list) throw new Error('there are such columns')
  const takes = (column: typeof small, value: Value) => checkValue(column, value) === undefined
  for (const n of [-32_768, -1, 0, 9, 32_767]) expect([n, takes(small, n)]).toEqual([n, true])
  for (const n of [-32_769, 32_768, 1.5, 1e9]) expect([n, takes(small, n)]).toEqual([n, false])
  for (const items of [[], [0], [-2_147_483_647, 2_147_483_647]])
    expect([items, takes(list, items)]).toEqual([items, true])
  for (const items of [[2_147_483_648], [1, 0.5], ['1'], [null], [[1]], 1, '[1]', { 0: 1 }])
    expect([items, takes(list, items)]).toEqual([items, false])
})

it.each([
  ['2024-02-29T00:00:00', true],
  ['2023-02-29T00:00:00', false],
  ['1900-02-29T00:00:00', false],
  ['2000-02-29T23:59:59.000001', true],
  ['2026-04-31T00:00:00', false],
  ['0000-01-01T00:00:00', false],
  ['2026-01-31T24:00:00', false],
])('COL-1 a day without zone is one that there is: %s', (given, isTaken) => {
  const column = describing(timestamp('box'))()
  if (!column) throw new Error('there is such a column')
  expect(checkValue(column, given) === undefined).toBe(isTaken)
})

it('COL-1 a number of single precision is one that Postgres gives back as it was', () => {
  const column = describing(real('box'))()
  if (!column) throw new Error('there is such a column')
  for (const value of [0.1, 1e-45, 3.4028235e38, 16_777_216, 0.33333334, -0.5, 123_456.7])
    expect(checkValue(column, value)).toBeUndefined()
  for (const value of [1 / 3, 0.1 + 0.2, 16_777_217, 1e39, 1e-46])
    expect(checkValue(column, value)?.message).toContain('single precision')
})
