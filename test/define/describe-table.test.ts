import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  date,
  doublePrecision,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
} from 'drizzle-orm/pg-core'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import {
  type AnyPolicy,
  ask,
  counter,
  effect,
  max,
  merge,
  min,
  set,
  states,
  text as textPolicy,
} from '../../src/core/app/policies.ts'
import { defineApp } from '../../src/define/define-app.ts'
import { describeTable } from '../../src/define/describe-table.ts'

const key = { tenantId: text('tenant_id').notNull(), id: text('id').notNull() }

test.for([
  ['generated', integer('size').generatedAlwaysAs(sql`length(id)`)],
  ['identity', integer('size').generatedAlwaysAsIdentity()],
  ['identity', integer('size').generatedByDefaultAsIdentity()],
] as const)(
  'ASD-11 a column that Postgres fills by itself (%s) is refused at start-up, with what to do',
  ([kind, size]) => {
    const table = pgTable('boxes', { ...key, size }, (t) => [primaryKey({ columns: [t.tenantId, t.id] })])
    const describe = () => describeTable('boxes', table, {})
    expect(describe).toThrow(kind)
    expect(describe).toThrow('collection "boxes": "size" is')
    expect(describe).toThrow('make it a plain column, or leave it out of this table')
  },
)

const boxes = pgTable(
  'boxes',
  {
    ...key,
    whole: integer('whole').notNull(),
    large: bigint('large', { mode: 'number' }),
    real: doublePrecision('real'),
    day: date('day', { mode: 'string' }),
    time: timestamp('time', { mode: 'string', withTimezone: true }),
    title: text('title').notNull(),
    isOpen: boolean('is_open').notNull(),
    more: jsonb('more'),
    tags: text('tags').array(),
    size: text('size', { enum: ['small', 'large'] }),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.id] })],
)

const ORDERED = ['whole', 'large', 'real', 'day', 'time'] as const
const OTHERS = ['title', 'isOpen', 'more', 'tags'] as const
const EXTREMES = [max(), min(), effect(max()), effect(min())]

const describing = (column: string, policy: AnyPolicy) => () =>
  describeTable('boxes', boxes, { [column]: policy })

test.each(ORDERED)('MRG-7 a greatest or least value fits the ordered column "%s"', (column) => {
  for (const policy of EXTREMES) {
    const { columns } = describing(column, policy)()
    expect(columns.find(({ name }) => name === column)).toMatchObject({ policy })
  }
})

test.each(OTHERS)(
  'MRG-7 on "%s" it is refused at start-up, and the sentence says where it fits',
  (column) => {
    for (const policy of EXTREMES) {
      expect(describing(column, policy)).toThrow(`collection "boxes": "${column}" is `)
      expect(describing(column, policy)).toThrow(/(max|min)\(\) is for numbers, dates and times/)
    }
  },
)

test('MRG-7 counters are refused where there is no number, and states where there is no text', () => {
  for (const column of ['day', 'time', ...OTHERS])
    for (const policy of [counter(), effect(counter())])
      expect(describing(column, policy)).toThrow(`"${column}" is `)
  for (const column of ['whole', 'day', 'isOpen', 'more', 'tags'])
    expect(describing(column, states({ a: ['b'] }))).toThrow('states() is for text')
  for (const column of ['whole', 'day', 'isOpen', 'more', 'tags', 'size'])
    expect(describing(column, textPolicy())).toThrow('text() is for texts that people write')
  expect(describing('title', textPolicy())).not.toThrow()
  expect(describing('whole', counter())).not.toThrow()
  expect(describing('title', states({ a: ['b'] }))).not.toThrow()
})

test('MRG-7 sets are for lists of texts, and no effect writes by them; ask and merge fit any column', () => {
  for (const column of ['whole', 'day', 'title', 'isOpen', 'more'])
    expect(describing(column, set())).toThrow(`"${column}" is `)
  expect(describing('title', set())).toThrow('set() is for lists of texts, which are text[]')
  for (const column of [...ORDERED, ...OTHERS])
    for (const policy of [ask(), merge(() => null)]) expect(describing(column, policy)).not.toThrow()
  const { columns } = describing(
    'title',
    merge(() => 'both'),
  )()
  expect(columns.find(({ name }) => name === 'title')).toMatchObject({ policy: { kind: 'merge' } })
  expect(JSON.stringify(columns)).not.toContain('by')
})

test.each([
  ['a policy that there is not', '{ "kind": "newest" }', 'has no policy: known are lww, counter'],
  ['a merge without a function', '{ "kind": "merge" }', 'needs merge() with a function'],
  [
    'an effect by a set',
    '{ "kind": "effect", "of": "set" }',
    'cannot be effect(set()): effects write by lww',
  ],
])('MRG-7 to an application without types %s is refused at start-up', (_, policy, sentence) => {
  expect(describing('tags', JSON.parse(policy))).toThrow(sentence)
})

test('MRG-7 to the compiler sets, ask and merge fit as they do at start-up', () => {
  const app = defineApp({ tables: { boxes }, claims: v.looseObject({ sub: v.string(), tenant: v.string() }) })
  const { rules } = app.collection('boxes', {
    merge: {
      tags: set(),
      title: merge((base, current, incoming) => `${base ?? ''}${current.trim()}${incoming.trim()}`),
      whole: merge((base = 0, current, incoming) => current + incoming - base),
      more: ask(),
    },
  })
  expect(rules.get('boxes')?.merges?.['whole']?.(1, 4, 3)).toBe(6)
  const wrong = [
    // @ts-expect-error a text is no list
    () => app.collection('boxes', { merge: { title: set() } }),
    // @ts-expect-error JSON is no list of texts to Postgres
    () => app.collection('boxes', { merge: { more: set() } }),
    // @ts-expect-error effects do not write by items
    () => app.collection('boxes', { merge: { tags: effect(set()) } }),
    // @ts-expect-error a number does not become a text
    () => app.collection('boxes', { merge: { whole: merge((): string => 'both') } }),
    // @ts-expect-error nor is it one
    () => app.collection('boxes', { merge: { whole: merge((_, current: string) => current.length) } }),
  ]
  for (const declare of wrong.slice(0, 3)) expect(declare).toThrow(/is for lists of texts|cannot be effect/)
})

test('MRG-7 to the compiler a policy that does not fit is an error', () => {
  const app = defineApp({ tables: { boxes }, claims: v.looseObject({ sub: v.string(), tenant: v.string() }) })
  app.collection('boxes', {
    merge: { whole: max(), large: min(), real: effect(max()), day: min(), time: effect(min()) },
  })
  const wrong = [
    // @ts-expect-error texts have no one order
    () => app.collection('boxes', { merge: { title: max() } }),
    // @ts-expect-error texts have no one order
    () => app.collection('boxes', { merge: { title: effect(min()) } }),
    // @ts-expect-error neither is greater
    () => app.collection('boxes', { merge: { isOpen: min() } }),
    // @ts-expect-error neither is greater
    () => app.collection('boxes', { merge: { more: max() } }),
    // @ts-expect-error neither is greater
    () => app.collection('boxes', { merge: { tags: max() } }),
  ]
  for (const declare of wrong) expect(declare).toThrow('is for numbers, dates and times')
  app.collection('boxes', { merge: { title: textPolicy() } })
  const noTexts = [
    // @ts-expect-error a number is no text
    () => app.collection('boxes', { merge: { whole: textPolicy() } }),
    // @ts-expect-error a day is no text that people write
    () => app.collection('boxes', { merge: { day: textPolicy() } }),
    // @ts-expect-error one of a list is no text that people write
    () => app.collection('boxes', { merge: { size: textPolicy() } }),
  ]
  for (const declare of noTexts) expect(declare).toThrow('is for texts that people write')
})
