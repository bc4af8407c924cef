import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rightsOf } from '../../../src/core/access/rights.ts'
import { matches } from '../../../src/core/query/filter.ts'
import { defineView, type View } from '../../../src/core/query/view.ts'
import { MAX_CONDITIONS, MAX_LIST_VALUES, MAX_NESTING } from '../../../src/protocol/limits.ts'
import { EVERYTHING } from '../../../src/protocol/normal-filter.ts'
import type { Filter, Operand, Query } from '../../../src/protocol/query.ts'
import { readQuery } from '../../../src/protocol/read-query.ts'
import type { Row } from '../../../src/protocol/value.ts'
import { CollectionRows } from '../../../src/tenant/storage/collection-rows.ts'
import { Store } from '../../../src/tenant/storage/store.ts'
import { naiveResult } from '../../support/query-model/naive.ts'
import { filter, query, rows, things } from '../../support/query-model/things.ts'
import { newTenant, Peer } from '../support/peer.ts'
import { assignee, card, change } from '../support/samples.ts'

const objectOf = (tenant: string) => env.TENANT.get(env.TENANT.idFromName(tenant))

/** A rule of the application as the object takes it, or undefined where it is too large. */
function ruleOf(rule: Filter): Filter | undefined {
  try {
    return rightsOf({ rules: new Map([['things', { read: () => rule }]]) }, CLAIMS, 'things').read
  } catch (thrown) {
    expect(String(thrown)).toMatch(/the read rule of "things" is (too large|no filter)/)
    return undefined
  }
}

const CLAIMS = { sub: 'ada', tenant: 'acme' }

function viewOf(asked: Query, rule: Filter): View | undefined {
  const read = readQuery(asked)
  if ('error' in read) {
    expect(read.error.code).toBe('bad-query')
    return undefined
  }
  const view = defineView(things, read.query, { read: rule, hidden: [] })
  if ('code' in view) throw new Error(`${view.message}: ${JSON.stringify(asked)}`)
  return view
}

describe('SQLite', () => {
  it('QRY-62 serves whatever is let through, beside any rule, and means the same as the code of both sides', async () => {
    const served = { asked: 0, refused: 0, rules: 0 }
    const keys = new Map([['things', ['title', 'count']]])
    await runInDurableObject(objectOf(newTenant('limits')), (_, { storage }) => {
      const store = new Store(storage, 1, keys)
      const stored = new CollectionRows(storage.sql, keys)
      const [held = []] = fc.sample(rows, { numRuns: 1, seed: 1 })
      store.transaction((txn) => txn.putRows('things', held, { actor: 'sql', n: 0, seq: 0 }))
      const cases = fc.tuple(query, fc.option(filter, { nil: EVERYTHING }))
      for (const [asked, drawn] of fc.sample(cases, { numRuns: 2_500, seed: 2 })) {
        const rule = ruleOf(drawn)
        if (!rule) served.rules += 1
        const view = rule && viewOf(asked, rule)
        if (!view) {
          served.refused += 1
          continue
        }
        served.asked += 1
        const naive = naiveResult(held, asked, { read: drawn, hidden: [] }).map(({ id }) => id)
        expect([asked, drawn, [...stored.scan(view)].map(({ id }) => id)]).toEqual([asked, drawn, naive])
        expect(stored.total(view)).toBe(naive.length)
        expect(held.filter((row) => matches(view.filter, row)).length).toBe(naive.length)
        const by = [...stored.after(view, 't10')].map(({ row }) => row['id'])
        expect(by).toEqual(naive.filter((id) => String(id) > 't10').toSorted())
      }
    })
    expect(served.asked).toBeGreaterThan(1_000)
    expect(served.refused).toBeGreaterThan(200)
    expect(served.rules).toBeGreaterThan(50)
  })

  it('QRY-62 serves the largest of all at once: rule, conditions and a place, as many and as deep as may be', async () => {
    const prefixes = (length: number): Filter[] =>
      Array.from({ length }, (_, i) => ['prefix', 'note', `no such note ${i}`])
    const inner: Filter = ['or', prefixes(MAX_CONDITIONS - MAX_NESTING + 1)]
    let largest: Filter = inner
    for (let level = 2; level <= MAX_NESTING; level++) {
      const beside: Filter = ['<', 'count', level]
      largest = [level % 2 === 0 ? 'and' : 'or', [beside, largest]]
    }
    const order = ['note', 'size', 'dueOn', 'count'].map((name): [string, 'desc'] => [name, 'desc'])
    const asked: Query = {
      collection: 'things',
      where: largest,
      orderBy: order,
      after: ['b', 1, '2026-01-31', 1, 't1'],
    }
    const [held = []] = fc.sample(rows, { numRuns: 1, seed: 3 })
    const view = viewOf(asked, ruleOf(largest) ?? EVERYTHING)
    expect(ruleOf(largest)).toEqual(largest)
    expect(viewOf({ ...asked, where: ['not', ['and', [largest, ['=', 'done', true]]]] }, EVERYTHING)).toBe(
      undefined,
    )
    await runInDurableObject(objectOf(newTenant('largest')), (_, { storage }) => {
      const store = new Store(storage, 1)
      store.transaction((txn) => txn.putRows('things', held, { actor: 'sql', n: 0, seq: 0 }))
      const stored = new CollectionRows(storage.sql, new Map())
      const shown = view ? [...stored.scan(view)].map(({ id }) => id) : undefined
      expect(shown).toEqual(naiveResult(held, asked, { read: largest, hidden: [] }).map(({ id }) => id))
      expect(view && stored.total(view)).toBe(shown?.length)
    })
  })
})

/** Queries that are no frame's fault and cannot be answered. */
const BEYOND: readonly [string, unknown][] = [
  ['a list of more values', { where: ['in', 'number', texts(MAX_LIST_VALUES + 1)] }],
  ['more conditions', { where: ['or', texts(MAX_CONDITIONS + 1).map((text) => ['=', 'notes', text])] }],
  ['half an emoji', { where: ['=', 'notes', '\ud83d'] }],
  ['a NUL', { where: ['prefix', 'notes', 'a\0b'] }],
  ['70,000 characters', { where: ['=', 'notes', 'x'.repeat(70_000)] }],
  ['200,000 bytes in all', { where: ['in', 'notes', texts(1_000).map((text) => text.padEnd(200, 'x'))] }],
  ['conditions nested too deep', { where: nested(MAX_NESTING + 1) }],
  ['JSON nested too deep', { where: nested(200) }],
  ['a list as operand', { where: ['=', 'notes', ['a']] }],
  ['an object as operand', { where: ['=', 'notes', { a: 1 }] }],
  [
    'five columns to sort by',
    { orderBy: ['number', 'notes', 'status', 'dueOn', 'id'].map((one) => [one, 'asc']) },
  ],
  ['a limit of 1,001', { limit: 1_001 }],
  ['a field that there is not', { having: 1 }],
  ['an operator that there is not', { where: ['like', 'notes', 'a%'] }],
  ['a forbidden key', JSON.parse('{"where":["=","notes",{"__proto__":1}]}')],
  ['a number for text', { where: ['=', 'notes', 1] }],
  ['a text for a number', { where: ['<', 'targetPoints', '1'] }],
  ['no day', { where: ['=', 'dueOn', 'soon'] }],
]

function texts(length: number): string[] {
  return Array.from({ length }, (_, i) => `text ${i}`)
}

function nested(levels: number): unknown {
  let filter: unknown = ['=', 'notes', 'x']
  for (let i = 0; i < levels; i++) filter = [i % 2 === 0 ? 'and' : 'or', [filter, ['=', 'status', 'open']]]
  return filter
}

/** Queries of screens, all of which have to be served. */
const SENSIBLE: readonly [string, Omit<Query, 'collection'>][] = [
  ['1,000 values', { where: ['in', 'number', [...texts(999), 'N-c1']] }],
  ['any of 40', { where: ['or', [...texts(39), 'N-c1'].map((text): Filter => ['=', 'number', text])] }],
  [
    '31 beginnings and a place in an order',
    {
      where: ['or', [...texts(30), 'N-c1'].map((text): Filter => ['prefix', 'number', text])],
      orderBy: [
        ['number', 'asc'],
        ['dueOn', 'desc'],
      ],
      after: ['N-', null, ''],
    },
  ],
  ['nested 20 deep without need', { where: onion(['=', 'number', 'N-c1'], 20) }],
  [
    'hundreds of empty conditions',
    { where: ['and', [['=', 'number', 'N-c1'], ...Array(500).fill(['and', []])]] },
  ],
]

function onion(core: Filter, levels: number): Filter {
  let filter = core
  for (let i = 0; i < levels; i++) filter = ['and', [filter, ['and', []]]]
  return filter
}

async function twoPeers(name: string) {
  const tenant = newTenant(name)
  const ada = await Peer.join({ sub: 'ada', tenant })
  await ada.push(ada.edit(assignee()), ada.edit(card('c1', { status: 'open' })))
  const eve = await Peer.open({ sub: 'eve', tenant })
  await eve.hello()
  return { tenant, ada, eve }
}

function subscribe(peer: Peer, id: number, asked: object): void {
  peer.send(['subscribe', { id, query: { collection: 'cards', ...asked } }])
}

describe('a query', () => {
  it.each(SENSIBLE)('QRY-63 that a screen needs is served: %s', async (_, asked) => {
    const { ada, eve } = await twoPeers('sensible')
    expect((await eve.follow(0, { collection: 'cards', ...asked })).map(([id]) => id)).toEqual(['c1'])
    await ada.push(ada.edit(change('c1', { reactions: { add: 1 } })))
    expect((await eve.next('rows'))[3]).toMatchObject([
      [expect.any(Number), [], [['c1', expect.any(Number), 1]], []],
    ])
  })

  it.each(BEYOND)(
    'QRY-64 beyond a limit is refused alone, in words, and the session goes on: %s',
    async (_, asked) => {
      const { ada, eve } = await twoPeers('beyond')
      subscribe(eve, 7, Object(asked))
      subscribe(eve, 8, {})
      const [, error] = await eve.next('error')
      expect(error).toMatchObject({ code: 'bad-query', ref: 7, retryable: false })
      expect(error.message.length).toBeLessThan(300)
      expect(await eve.snapshot()).toHaveLength(1)
      for (const peer of [ada, eve]) {
        const [verdict] = await peer.push(peer.edit(change('c1', { reactions: { add: 1 } })))
        expect(verdict).toMatchObject({ is: 'accepted' })
        expect((await eve.next('rows'))[3]).toHaveLength(1)
      }
      expect([ada.closed, eve.closed]).toEqual([undefined, undefined])
    },
  )

  it('QRY-64 is counted in its normal form, which is found in one way', () => {
    fc.assert(
      fc.property(filter, fc.nat({ max: 29 }), (drawn, at) => {
        const read = readQuery({ collection: 'things', where: drawn })
        if ('error' in read) return
        const { where = EVERYTHING } = read.query
        expect(readQuery(read.query)).toEqual(read)
        const row: Row = { id: 't', title: 'a', note: null, count: at % 3, done: true, labels: ['a'] }
        expect(matches(where, row)).toBe(matches(drawn, row))
      }),
      { seed: 6, numRuns: 1_000 },
    )
    const again: Operand[] = [...texts(MAX_LIST_VALUES), 'text 0']
    expect(readQuery({ collection: 'things', where: ['in', 'title', again.slice(1)] })).toMatchObject({
      query: {},
    })
  })
})
