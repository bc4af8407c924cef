import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { where } from '../../../src/core/query/where.ts'
import { MAX_LIST_VALUES, MAX_NESTING, MAX_WATCHES } from '../../../src/protocol/limits.ts'
import { readQuery } from '../../../src/protocol/read-query.ts'
import { holds } from '../../../test/support/property.ts'
import { DeskClient, note } from '../support/desk.ts'
import { settle } from '../support/fake-environment.ts'

class Money {
  readonly amount = 1
}

/** Operands as a program without types, or with `any`, hands them over. */
const OPERANDS: readonly [string, unknown, RegExp][] = [
  ['undefined', undefined, /undefined.*leave the column out/],
  ['NaN', Number.NaN, /compared with NaN/],
  ['infinity', Number.POSITIVE_INFINITY, /compared with Infinity/],
  ['a date', new Date(0), /an instance of Date.*'2026-01-31'/],
  ['a function', () => 'a', /a function/],
  ['a symbol', Symbol('a'), /a symbol/],
  ['a bigint', 1n, /the bigint 1n.*Number/],
  ['a list', ['a'], /a list.*\{ in: \[...\] \}/],
  ['an instance of a class', new Money(), /an instance of Money/],
  ['a boxed text', Object('a'), /an instance of String/],
  ['a Map', new Map(), /an instance of Map/],
]

/** Places of a query where an operand stands. */
const PLACES: readonly [string, (operand: unknown) => object][] = [
  ['a column', (operand) => ({ title: operand })],
  ['lt', (operand) => ({ title: { lt: operand } })],
  ['not', (operand) => ({ title: { not: operand } })],
  ['in', (operand) => ({ title: { in: ['a', operand] } })],
  ['has', (operand) => ({ title: { has: operand } })],
  ['any', (operand) => where.any({ stars: 1 }, { title: operand })],
  ['all', (operand) => where.all({ stars: 1 }, { title: { gte: operand } })],
  ['where.not', (operand) => where.not({ title: operand })],
]

/** The desk's collections as a program without types sees them: nothing is known of what is reached by a name. */
const untyped = (desk: DeskClient) => Reflect.get<DeskClient, string>(desk, 'db')

describe('what is no operand', () => {
  it.each(
    OPERANDS.flatMap(([what, operand, says]) =>
      PLACES.map(([place, ask]) => [what, place, operand, ask, says] as const),
    ),
  )(
    'QRY-65 is refused at once with its column and what to write instead: %s as %s',
    (_, place, operand, ask, says) => {
      const refuse = () => untyped(new DeskClient()).notes.where(ask(operand))
      expect(refuse).toThrow(TypeError)
      expect(refuse).toThrow(place === 'in' && Array.isArray(operand) ? /a list/ : says)
      expect(refuse).toThrow('"title"')
      expect(refuse).toThrow(expect.objectContaining({ code: 'bad-query' }))
    },
  )

  it.each([
    ['conditions that are none', (notes) => notes.where(undefined)],
    ['conditions that are a date', (notes) => notes.where(new Date(0))],
    ['conditions that are a list', (notes) => notes.where([{ stars: 1 }])],
    ['one part of several', () => where.any({ stars: 1 }, Object(undefined), new Map())],
    ['an empty condition', (notes) => notes.where({ stars: {} })],
    ['a list that is none', (notes) => notes.where({ stars: { in: 1 } })],
    ['a list that is a Set', (notes) => notes.where({ stars: { in: new Set([1]) } })],
    ['a list with holes', (notes) => notes.where({ stars: { in: Array(2) } })],
    ['a beginning that is a number', (notes) => notes.where({ title: { prefix: 1 } })],
    ['a beginning that is undefined', (notes) => notes.where({ title: { prefix: undefined } })],
    ['an order by nothing', (notes) => notes.all().orderBy(undefined)],
    ['an order of another way', (notes) => notes.all().orderBy('stars', 'down')],
    ['a limit of NaN', (notes) => notes.all().limit(Number.NaN)],
    ['a limit in text', (notes) => notes.all().limit('5')],
    ['a place that is no list', (notes) => notes.all().after('c')],
    [
      'a place with a date',
      (notes) =>
        notes
          .all()
          .orderBy('title')
          .after([new Date(0), 'c']),
    ],
    ['a place with a hole', (notes) => notes.all().orderBy('title').after(Array(2))],
    ['a column that is no text', (notes) => notes.all().select('title', 5)],
    ['a priority that there is not', (notes) => notes.all().priority('urgent')],
  ] satisfies [string, (notes: ReturnType<typeof untyped>) => unknown][])(
    'QRY-65 is refused at once: %s',
    (_, ask) => {
      const refuse = () => ask(untyped(new DeskClient()).notes)
      expect(refuse).toThrow(expect.objectContaining({ code: 'bad-query', name: 'TypeError' }))
    },
  )

  it('QRY-65 minus zero is zero, and nothing else is converted', async () => {
    const desk = new DeskClient()
    desk.db.notes.where({ stars: -0 }).subscribe(() => {})
    expect(await desk.connect()).toMatchObject([['subscribe', { query: { where: ['=', 'stars', 0] } }]])
  })
})

const many = (length: number) => Array.from({ length }, (_, i) => `n${i}`)

function nested(levels: number): object {
  let part: object = { title: 'a' }
  for (let i = 0; i < levels; i++)
    part = i % 2 === 0 ? where.all(part, { stars: 1 }) : where.any(part, { stars: 2 })
  return part
}

/** Queries that are queries, and are too much. */
const BEYOND: readonly [string, object][] = [
  ['a list of more values', { title: { in: many(MAX_LIST_VALUES + 1) } }],
  ['any of 200', where.any(...many(200).map((title) => ({ title })))],
  ['half an emoji', { title: '\u{1F600}'.slice(0, 1) }],
  ['a NUL', { title: { prefix: 'a\0' } }],
  ['70,000 characters', { title: 'x'.repeat(70_000) }],
  ['nested too deep', nested(MAX_NESTING + 1)],
  ['nested without an end', nested(50_000)],
  ['a number for text', { title: 5 }],
  ['a text for a number', { stars: { gt: '5' } }],
  ['a value that its column never has', { state: 'lost' }],
  ['a beginning of a number', { stars: { prefix: '5' } }],
  ['a column whose name is none', { 'no name!': 1 }],
]

describe('a query that cannot be answered', () => {
  it.each(BEYOND)(
    'QRY-66 says so in words, nothing of it is sent, and all else goes on: %s',
    async (_, conditions) => {
      const desk = await DeskClient.live(10, note('a'))
      const query = untyped(desk).notes.where(conditions)
      const heard: unknown[] = []
      query.subscribe((snapshot: unknown) => heard.push(snapshot))
      await settle()
      const refused = { status: 'error', rows: [], error: { code: 'bad-query', retryable: false } }
      expect(query.getSnapshot()).toMatchObject(refused)
      expect(heard.at(-1)).toMatchObject(refused)
      expect(desk.take()).toEqual([])
      desk.db.notes.update('a', (draft) => {
        draft.title = 'b'
      })
      await settle()
      expect(desk.take()).toMatchObject([['push', 0, [{}]]])
      expect(desk.titles).toEqual(['b'])

      // Nor is it on the next connection, which is as good as the last.
      await desk.cut()
      expect((await desk.connect()).filter(([kind]) => kind === 'subscribe')).toHaveLength(1)
      expect(query.getSnapshot()).toMatchObject(refused)
      expect(desk.db.connection.getSnapshot().state).not.toBe('offline')
    },
  )

  it('QRY-66 says so before there was a connection, if its size alone shows it', async () => {
    const desk = new DeskClient()
    const query = desk.db.notes.where({ title: { in: many(2_000) } })
    expect(query.getSnapshot()).toMatchObject({ status: 'error', error: { code: 'bad-query' } })
    const first = await query[Symbol.asyncIterator]().next()
    expect(first.value).toMatchObject({ status: 'error' })
  })

  it('QRY-66 and asks for a column or collection that there is not is refused by name', async () => {
    const desk = await DeskClient.live(10)
    const queries = [
      untyped(desk).notes.where({ author: 'a' }),
      untyped(desk).nothing.all(),
      untyped(desk)['no name!'].all(),
    ]
    for (const query of queries) query.subscribe(() => {})
    await settle()
    expect(queries.map((query) => query.getSnapshot().error.code)).toEqual([
      'unknown-column',
      'unknown-collection',
      'bad-query',
    ])
    expect(desk.take()).toEqual([])
  })

  it('QRY-66 is asked for once an application that knows its columns is deployed', async () => {
    const desk = await DeskClient.live(10)
    const query = untyped(desk).notes.where({ author: 'a' })
    query.subscribe(() => {})
    await settle()
    const { manifest } = await import('../support/desk.ts')
    const author = { name: 'author', type: 'text' as const, nullable: true, policy: { kind: 'lww' as const } }
    const [notes, ...others] = manifest.collections
    if (!notes) throw new Error('there are notes')
    const next = {
      hash: 'desk-2',
      collections: [{ ...notes, columns: [...notes.columns, author] }, ...others],
    }
    await desk.cut()
    const asked = await desk.connect({ manifestHash: next.hash, manifest: next })
    expect(JSON.stringify(asked)).toContain('"author"')
  })
})

describe('whatever an application hands over', () => {
  it('QRY-67 every frame that goes up is one that the server takes', async () => {
    const desk = await DeskClient.live(10, note('a'))
    const db = untyped(desk)
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('title', 'stars', 'notes', 'a', 'asc', 'high'),
    )
    const any = fc.oneof(
      fc.anything({ withBigInt: true, withDate: true, withMap: true, withSparseArray: true }),
      text,
    )
    const column = fc.oneof(fc.constantFrom('title', 'stars', 'state', 'labels'), text)
    const fitting = fc.record({
      title: fc.record({ prefix: text }),
      stars: fc.record({ gte: fc.integer() }),
    })
    const drawn = fc.dictionary(column, any, { maxKeys: 3, noNullPrototype: true })
    const conditions = fc.oneof(any, fitting, drawn)
    const calls = fc.array(
      fc.oneof(
        fc.tuple(fc.constantFrom('where', 'after', 'limit', 'priority'), conditions),
        fc.tuple(fc.constantFrom('orderBy', 'select'), column),
        fc.tuple(fc.constantFrom('watch', 'insert', 'update', 'delete', 'collection'), any),
      ),
      { maxLength: 4 },
    )
    holds(
      fc.property(calls, (drawn) => {
        let query = db.notes.all()
        for (const [name, given] of drawn) {
          try {
            if (name === 'watch') desk.db.onInvalidate(Object(given) === given ? db : given, () => {})()
            else if (name === 'collection') db[String(given)].all().subscribe(() => {})()
            else if (name === 'insert') db.notes.insert(given)
            else if (name === 'update')
              db.notes.update(given, (draft: { title: unknown }) => Object.assign(draft, { title: given }))
            else if (name === 'delete') db.notes.delete(given)
            else query = query[name](given)
          } catch (thrown) {
            expect(thrown).toBeInstanceOf(TypeError)
          }
        }
        query.subscribe(() => {})
      }),
      1_000,
    )
    await settle()
    // The desk's socket throws at a frame that the server's codec refuses.
    const frames = desk.take()
    const queries = frames.flatMap((frame) => (frame[0] === 'subscribe' ? [frame[1].query] : []))
    expect(queries.filter((query) => 'error' in readQuery(query))).toEqual([])
    expect(queries.length).toBeGreaterThan(50)
    expect(frames.some(([kind]) => kind === 'push')).toBe(true)
  })

  it.each([
    ['nothing', ''],
    ['257 characters', 'x'.repeat(257)],
    ['half an emoji', '\ud83d'],
    ['a NUL', 'a\0'],
    ['a number', 5],
  ])('QRY-67 a pattern to watch that is %s is refused at once', async (_, pattern) => {
    const desk = await DeskClient.live(10)
    const refuse = () => untyped(desk).onInvalidate(pattern, () => {})
    expect(refuse).toThrow(expect.objectContaining({ code: 'bad-value' }))
    await settle()
    expect(desk.take()).toEqual([])
  })

  it('QRY-67 as many patterns as may be fit, however long, and others in their place', async () => {
    const desk = await DeskClient.live(10)
    const long = (i: number) => `${i}`.padEnd(256, '\u0001')
    const stops = many(MAX_WATCHES).map((_, i) => desk.db.onInvalidate(long(i), () => {}))
    expect(() => desk.db.onInvalidate('more', () => {})).toThrow(
      expect.objectContaining({ code: 'too-many-watches' }),
    )
    await settle()
    const count = (kind: string) =>
      desk
        .take()
        .flatMap((frame) => (frame[0] !== kind ? [] : frame[0] === 'watch' ? frame[1].patterns : frame[1]))
        .length
    expect(count('watch')).toBe(MAX_WATCHES)
    for (const stop of stops) stop()
    for (let i = 0; i < MAX_WATCHES; i++) desk.db.onInvalidate(long(1_000 + i), () => {})
    await settle()
    const kinds = desk.take().map(([kind]) => kind)
    expect([...new Set(kinds)]).toEqual(['unwatch', 'watch'])
  })

  it('QRY-67 a name that no client may have is refused when it is made', () => {
    expect(() => new DeskClient({ clientId: 'me' })).toThrow('A clientId has 8 to 32')
  })

  it('QRY-67 an edit that is no edit is refused, and the next one goes up', async () => {
    const desk = await DeskClient.live(10, note('a'))
    const db = untyped(desk)
    const bad = [
      db.notes.insert({ id: 'x'.repeat(129), title: 'a' }),
      db.notes.insert({ title: '\ud83d' }),
      db.notes.update('a', () => {}, { durability: 'committed', deadlineMs: 5, extra: true }),
      db.notes.update('a', (draft: { title: string }) => Object.assign(draft, { title: 'b' }), {
        durability: 'committed',
        extra: 1,
      }),
    ]
    const outcomes = await Promise.all(bad.map(({ accepted }) => accepted))
    expect(outcomes.map(({ ok, error }) => ok || error.code)).toEqual([
      'bad-id',
      'bad-text',
      true,
      'bad-operation',
    ])
    db.notes.insert({ title: 'good' })
    await settle()
    expect(desk.take()).toMatchObject([['push', 0, [{ n: 1 }]]])
  })
})
