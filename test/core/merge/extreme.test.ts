import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Turn } from '../../../src/core/edits/turn.ts'
import type { LogEntry } from '../../../src/core/log/log.ts'
import { extremeOf } from '../../../src/core/merge/extreme.ts'
import { merge } from '../../../src/core/merge/merge.ts'
import { resubmit } from '../../../src/core/outbox/carry.ts'
import type { Row, Value } from '../../../src/protocol/value.ts'
import { board } from '../../fixtures/board.ts'
import { BothSides } from '../../support/both-sides.ts'
import { Author, insert, MemoryTenant, set } from '../../support/memory-tenant.ts'
import { holds } from '../../support/property.ts'

const KINDS = ['max', 'min'] as const

const day = fc
  .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString())
/** Values of one column, of which some are empty. */
const values: fc.Arbitrary<Value[]> = fc.oneof(
  fc.array(fc.option(fc.maxSafeInteger()), { minLength: 1, maxLength: 7 }),
  fc.array(fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })), { minLength: 1, maxLength: 7 }),
  fc.array(fc.option(day), { minLength: 1, maxLength: 7 }),
  fc.array(fc.option(day.map((time) => time.slice(0, 10))), { minLength: 1, maxLength: 7 }),
)

/** The greatest or least by sorting numbers as numbers and days as moments: slow, and without code of the product. */
function expected(kind: 'max' | 'min', list: readonly Value[]): Value {
  const size = (value: Value) => (typeof value === 'number' ? value : Date.parse(String(value)))
  const known = list.filter((value) => value !== null).toSorted((a, b) => size(a) - size(b))
  return (kind === 'max' ? known.at(-1) : known[0]) ?? null
}

describe.each(KINDS)('%s', (kind) => {
  it('MRG-6 is the same in any order, of any grouping, however often, and whoever had seen what', () => {
    holds(
      fc.property(values, fc.infiniteStream(fc.boolean()), fc.nat(), (list, seen, at) => {
        const run = (order: readonly Value[]) =>
          order.reduce((current, incoming) => {
            const concurrent = seen.next().value
            const merged = merge({ kind }, { current, incoming: { set: incoming }, concurrent })
            return merged.outcome === 'applied' && !merged.conflict ? merged.value : 'lost'
          }, null)
        const wanted = expected(kind, list)
        const cut = at % list.length
        // Of 0 and -0 either is the greatest; they are one value on the wire.
        for (const order of [list, list.toReversed(), [...list, ...list]])
          expect(JSON.stringify(run(order))).toBe(JSON.stringify(wanted))
        const grouped = extremeOf(kind, run(list.slice(0, cut)), run(list.slice(cut)))
        expect(JSON.stringify(grouped)).toBe(JSON.stringify(wanted))
      }),
      2_000,
    )
  })

  it('MRG-6 is set, and not added to', () => {
    const merged = merge({ kind }, { current: 1, incoming: { add: 1 }, concurrent: false })
    expect(merged).toMatchObject({ outcome: 'rejected', code: 'bad-operation' })
  })
})

/** Both sides with a card, and two people who see everything. */
function withCard() {
  const both = new BothSides()
  const act = (client: string) => {
    const author = new Author(both.tenant, client)
    return (values: Row) => {
      author.look()
      return author.send(set('cards', 'c1', values))
    }
  }
  new Author(both.tenant, 'client-c0').send(insert('cards', 'c1', { title: 'Tide', owner: 'mia' }))
  both.drain()
  const rows = () => [both.tenant.row('cards', 'c1'), both.postgres.table('cards').get('c1')]
  return { both, mia: act('client-a1'), ben: act('client-b2'), rows }
}

describe('a value that came to nothing', () => {
  it('MRG-25 counts once the one that exceeded it is refused by Postgres, also beside another change', () => {
    for (const more of [{}, { note: 'second' }]) {
      const { both, mia, ben, rows } = withCard()
      mia({ best: 7, first: '2026-01-01' })
      expect(ben({ best: 5, first: '2026-01-03', ...more })).toMatchObject({ is: 'accepted' })
      mia({ best: 4 })
      expect(both.tenant.row('cards', 'c1')).toMatchObject({ best: 7, first: '2026-01-01' })
      both.send(3, 'answered', 0)
      both.drain()
      for (const row of rows()) expect(row).toMatchObject({ best: 5, first: '2026-01-03', ...more })
      expect(both.tenant.conflicts).toEqual([])
    }
  })

  it('MRG-25 whatever Postgres refuses, both sides hold the greatest of what is left', () => {
    const write = fc.record({ best: fc.integer({ min: 1, max: 20 }), note: fc.option(fc.constant('too')) })
    const send = fc.record({
      size: fc.integer({ min: 1, max: 5 }),
      refuse: fc.option(fc.nat(4), { nil: undefined }),
    })
    let counted = 0
    holds(
      fc.property(fc.array(fc.oneof({ weight: 3, arbitrary: write }, send), { maxLength: 30 }), (list) => {
        const { both, mia, ben, rows } = withCard()
        const given = new Map<number, number>()
        for (const [index, step] of list.entries()) {
          if ('size' in step) {
            both.send(step.size, 'answered', step.refuse)
            continue
          }
          const { best, note } = step
          const verdict = (index % 2 ? mia : ben)({ best, ...(note && { note }) })
          if (verdict.is === 'accepted') given.set(verdict.seq, best)
        }
        both.drain()
        const greatest = () => Math.max(0, ...given.values())
        const before = greatest()
        for (const { reverts } of both.tenant.log) if (reverts) given.delete(reverts.seq)
        for (const row of rows()) expect(row).toMatchObject({ best: greatest() })
        if (greatest() < before) counted++
      }),
      500,
    )
    expect(counted).toBeGreaterThan(50)
  })

  it('MRG-25 counts in a new log, where the one that exceeded it could not be carried', () => {
    for (const more of [{}, { note: 'second' }]) {
      const old = new MemoryTenant(board)
      const [mia, ben] = [new Author(old, 'client-a1'), new Author(old, 'client-b2')]
      const held: Row = {
        id: 'c1',
        title: 'Tide',
        note: null,
        votes: 0,
        owner: 'mia',
        state: 'open',
        points: 0,
      }
      const rows = { c1: { ...held, best: 2, first: null, record: 0 } }
      old.load('cards', { ...rows, c2: { ...held, id: 'c2', best: 0, first: null, record: 0 } })
      mia.send(set('cards', 'c1', { best: 7 }), set('cards', 'c2', { title: 'gone' }))
      ben.send(set('cards', 'c1', { best: 5, ...more }))
      const carried = carry(rows, old.log)
      expect(carried.errors).toEqual(['row-missing', undefined])
      expect(carried.tenant.row('cards', 'c1')).toMatchObject({ best: 5, ...more })
    }
  })

  it('MRG-25 is remembered in the new log as well', () => {
    const old = new MemoryTenant(board)
    const rows = {
      c1: { id: 'c1', title: 'Tide', note: null, votes: 0, owner: 'mia', state: 'open', points: 0 },
    }
    old.load('cards', rows)
    new Author(old, 'client-a1').send(set('cards', 'c1', { best: 5 }))
    // Somebody wrote a greater one in Postgres meanwhile.
    const { tenant } = carry({ c1: { ...rows.c1, best: 8 } }, old.log)
    expect(tenant.row('cards', 'c1')).toMatchObject({ best: 8 })
    expect(tenant.log[0]).toMatchObject({ changes: [], steps: [{ after: { best: 5 } }] })
  })
})

function carry(rows: Readonly<Record<string, Row>>, entries: readonly LogEntry[]) {
  const tenant = new MemoryTenant(board)
  tenant.load('cards', rows)
  const turn = new Turn(tenant, 0)
  const errors = entries.map((entry) => resubmit(turn, board, entry)?.code)
  tenant.write(turn)
  return { tenant, errors }
}

describe('what somebody writes in Postgres', () => {
  it.each([
    ['a lesser one, unseen', 3, 7],
    ['a greater one, unseen', 9, 9],
  ])('MRG-6 %s: both sides come to the greatest, and nobody is told of a conflict', (_, theirs, wanted) => {
    const { both, mia, rows } = withCard()
    mia({ best: 7 })
    both.postgres.update('cards', 'c1', () => ({ best: theirs }))
    both.drain()
    for (const row of rows()) expect(row).toMatchObject({ best: wanted })
    expect(both.tenant.conflicts).toEqual([])
  })

  it('MRG-6 an empty one, unseen, is less than any', () => {
    const { both, mia, rows } = withCard()
    mia({ first: '2026-01-01' })
    both.postgres.update('cards', 'c1', () => ({ first: '2026-01-02' }))
    both.postgres.update('cards', 'c1', () => ({ first: null }))
    both.drain()
    for (const row of rows()) expect(row).toMatchObject({ first: '2026-01-01' })
  })

  it('MRG-6 in sight a lesser one takes effect: a mistake is mended there', () => {
    const { both, mia, rows } = withCard()
    mia({ best: 7_000 })
    both.drain()
    both.postgres.update('cards', 'c1', () => ({ best: 7 }))
    both.drain()
    mia({ best: 6 })
    both.drain()
    for (const row of rows()) expect(row).toMatchObject({ best: 7 })
  })

  it('MRG-6 before an edit that is Postgres first: both sides come to the greatest', () => {
    const { both, mia, rows } = withCard()
    new Author(both.tenant, 'client-c3').propose(set('cards', 'c1', { best: 5 }))
    mia({ best: 4 })
    both.postgres.update('cards', 'c1', () => ({ best: 6 }))
    both.drain()
    for (const row of rows()) expect(row).toMatchObject({ best: 6 })
  })
})

it('MRG-6 an effect writes by it, and what it gave counts again when its edit is done again', () => {
  const { both, rows } = withCard()
  const mia = new Author(both.tenant, 'client-a1')
  for (const [id, points] of [
    ['w1', 50],
    ['w2', 20],
  ] as const) {
    mia.look()
    mia.send(insert('awards', id, { card: 'c1', points }))
  }
  expect(both.tenant.row('cards', 'c1')).toMatchObject({ points: 70, record: 50 })
  both.send(2, 'answered', 0)
  both.drain()
  for (const row of rows()) expect(row).toMatchObject({ points: 20, record: 20 })
})
