import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Turn } from '../../../src/core/edits/turn.ts'
import { MAX_CHARACTERS_BACK } from '../../../src/core/log/base-of.ts'
import type { Conflict } from '../../../src/core/log/log.ts'
import type { UpdateOp } from '../../../src/protocol/edit.ts'
import type { Row, Value } from '../../../src/protocol/value.ts'
import { board } from '../../fixtures/board.ts'
import { Author, insert, MemoryTenant, remove, set } from '../../support/memory-tenant.ts'
import { holds } from '../../support/property.ts'

const FIELDS = ['title', 'note', 'state'] as const
type Field = (typeof FIELDS)[number]
const IDS = ['c1', 'c2'] as const

const STATES = ['open', 'won', 'lost', 'archived']

type Step =
  | {
      is: 'write'
      who: number
      id: (typeof IDS)[number]
      fields: readonly Field[]
      n: number
      blind: boolean
    }
  | { is: 'look'; who: number }
  | { is: 'external'; id: (typeof IDS)[number]; field: Field; n: number; behind: number }
  | { is: 'revert' }
  | { is: 'prune' }

const who = fc.nat(2)
const id = fc.constantFrom(...IDS)
const n = fc.nat(9)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      is: fc.constant('write' as const),
      who,
      id,
      fields: fc.subarray([...FIELDS], { minLength: 1 }),
      n,
      blind: fc.nat(9).map((number) => number === 0),
    }),
  },
  { weight: 3, arbitrary: fc.record({ is: fc.constant('look' as const), who }) },
  {
    weight: 1,
    arbitrary: fc.record({
      is: fc.constant('external' as const),
      id,
      field: fc.constantFrom(...FIELDS),
      n,
      behind: fc.nat(4),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ is: 'revert' as const }) },
)

/** Who had what in sight, noted on the spot: screens of rows, not the log. */
class Oracle {
  readonly tenant = new MemoryTenant(board)
  readonly #authors = ['client-a1', 'client-b2', 'client-c3'].map((client) => new Author(this.tenant, client))
  /** What each of them sees: the rows when it last looked, and what it has written over them. */
  readonly #screens: Map<string, Row>[] = [new Map(), new Map(), new Map()]
  /** What it wrote last; a blind write is known to have seen nothing else. */
  readonly #own: Map<string, Value>[] = [new Map(), new Map(), new Map()]
  /** By seq, or for what came to nothing by the edit, and by field. */
  readonly #sights = new Map<string, Value | undefined>()

  constructor() {
    for (const one of IDS)
      this.#authors[0]?.send(insert('cards', one, { title: 'Tide', note: 'dry', owner: 'mia' }))
    for (const index of this.#authors.keys()) this.look(index)
    for (const one of IDS)
      for (const field of FIELDS)
        this.#own[0]?.set(`${one} ${field}`, this.tenant.row('cards', one)?.[field] ?? null)
  }

  look(index: number): void {
    this.#authors[index]?.look()
    this.#screens[index] = new Map(IDS.map((one) => [one, { ...this.tenant.row('cards', one) }]))
  }

  write({ who: index, id: one, fields, n: number, blind }: Extract<Step, { is: 'write' }>): void {
    const author = this.#authors[index]
    const screen = this.#screens[index]?.get(one)
    const own = this.#own[index]
    if (!author || !screen || !own) throw new Error('there are three authors, and two cards')
    const values = Object.fromEntries(fields.map((field) => [field, madeOf(field, number, author.client)]))
    const edit = author.edit({ ...set('cards', one, values), ...(blind && { blind }) })
    const [verdict] = this.tenant.push(author.client, [edit])
    if (verdict?.is !== 'accepted') return
    const written = this.tenant.row('cards', one)
    for (const field of fields) {
      const key = `${one} ${field}`
      this.#sights.set(`${author.client}/${edit.n} ${key}`, blind ? own.get(key) : screen[field])
      // A move that was kept aside is no write.
      if (written?.[field] !== values[field]) continue
      own.set(key, values[field] ?? null)
      this.#screens[index]?.set(one, { ...this.#screens[index]?.get(one), [field]: values[field] ?? null })
    }
  }

  external({ id: one, field, n: number, behind }: Extract<Step, { is: 'external' }>): void {
    const before = { [field]: madeOf(field, number + 1, 'before') }
    const after = { [field]: madeOf(field, number, 'sql') }
    const seq = this.tenant.head + 1
    this.#sights.set(`sql/${seq} ${one} ${field}`, before[field])
    const seen = Math.max(IDS.length, seq - 1 - behind)
    const about = { collection: 'cards', id: one, epoch: 'epoch1', by: 'psql', seen }
    this.tenant.takeExternal([{ ...about, kind: 'update', before, after }])
  }

  /** Undoes the newest edit that is not undone, and is no insert. */
  revert(): void {
    const undone = new Set(this.tenant.log.flatMap(({ reverts }) => reverts?.seq ?? []))
    const edit = this.tenant.log.findLast(
      ({ seq, actor }) => seq > 2 && actor.startsWith('client') && !undone.has(seq),
    )
    if (!edit) return
    const before = new Map(IDS.map((one) => [one, { ...this.tenant.row('cards', one) }]))
    for (const { edit: reverted } of this.tenant.revert(edit.seq))
      for (const one of IDS)
        for (const field of FIELDS)
          this.#sights.set(`object/${reverted.seq} ${one} ${field}`, before.get(one)?.[field])
    expect(this.tenant.head).toBeGreaterThan(edit.seq)
  }

  /** What the loser's author had in sight. */
  wanted({ loser, id: one, field }: Conflict): Value | undefined {
    return this.#sights.get(`${loser.actor}/${loser.n} ${one} ${field}`)
  }
}

function madeOf(field: Field, number: number, by: string): Value {
  if (field === 'state') return STATES[number % 4] ?? null
  return number === 7 && field === 'note' ? null : `${by} ${number}`
}

function play(list: readonly Step[]): Oracle {
  const oracle = new Oracle()
  for (const step of list) {
    if (step.is === 'write') oracle.write(step)
    else if (step.is === 'look') oracle.look(step.who)
    else if (step.is === 'external') oracle.external(step)
    else if (step.is === 'revert') oracle.revert()
    else oracle.tenant.floor = oracle.tenant.head
  }
  return oracle
}

describe('the base of a conflict', () => {
  it('MRG-26 is what the loser’s author had in sight, whoever wrote what before and after', () => {
    let told = 0
    holds(
      fc.property(fc.array(step, { maxLength: 40, size: 'max' }), (list) => {
        const oracle = play(list)
        for (const conflict of oracle.tenant.conflicts) {
          expect([conflict, conflict.base]).toEqual([conflict, oracle.wanted(conflict)])
          if (conflict.base !== undefined) told++
        }
      }),
      1_500,
    )
    expect(told).toBeGreaterThan(3_000)
  })

  it('MRG-27 is absent or right where the log is pruned', () => {
    let [absent, right] = [0, 0]
    const prunes = fc.oneof(
      { weight: 12, arbitrary: step },
      { weight: 1, arbitrary: fc.constant<Step>({ is: 'prune' }) },
    )
    holds(
      fc.property(fc.array(prunes, { maxLength: 40, size: 'max' }), (list) => {
        const oracle = play(list)
        for (const conflict of oracle.tenant.conflicts) {
          if (conflict.base === undefined) absent++
          else {
            expect([conflict, conflict.base]).toEqual([conflict, oracle.wanted(conflict)])
            right++
          }
        }
      }),
      1_500,
    )
    expect(Math.min(absent, right)).toBeGreaterThan(500)
  })
})

/** Two people who hold a card, and one of whom has not seen the other's new title. */
function unseen(collection = 'cards') {
  const tenant = new MemoryTenant(board)
  const [mia, ben] = [new Author(tenant, 'client-a1'), new Author(tenant, 'client-b2')]
  mia.send(insert(collection, 'c1', { title: 'Tide', owner: 'mia' }))
  mia.look()
  ben.look()
  mia.send(set(collection, 'c1', { title: 'High' }))
  return { tenant, mia, ben }
}

describe('what an author had in sight', () => {
  it('MRG-26 is its own edit, where that hid what came before', () => {
    const { tenant, mia, ben } = unseen()
    ben.send(set('cards', 'c1', { title: 'Low' }))
    mia.send(set('cards', 'c1', { title: 'Ebb' }))
    expect(tenant.conflicts.map(({ base }) => base)).toEqual(['Tide', 'Tide'])
    ben.send(set('cards', 'c1', { title: 'Flood' }))
    expect(tenant.conflicts.at(-1)).toMatchObject({ loser: { value: 'Ebb' }, base: 'High' })
  })

  it('MRG-26 is what it wrote, also where that was there already', () => {
    const { tenant, mia, ben } = unseen()
    ben.send(set('cards', 'c1', { title: 'High' }))
    mia.send(set('cards', 'c1', { title: 'Ebb' }))
    ben.send(set('cards', 'c1', { title: 'Low' }))
    expect(tenant.conflicts).toMatchObject([
      { loser: { actor: 'client-b2', value: 'High' }, base: 'Tide' },
      { loser: { value: 'Ebb' }, base: 'High' },
    ])
    const seen = { upTo: 1, has: ({ seq }: { seq: number }) => seq === 3 }
    const base = new Turn(tenant, 0).bases.of({ collection: 'cards', id: 'c1' }, 'title', 'Low', seen)
    expect(base).toEqual({ value: 'High' })
  })

  it('MRG-26 ends where an own edit hid what the prefix covers', () => {
    const { tenant, ben } = unseen()
    const op: UpdateOp = { ...set('cards', 'c1', { state: 'archived' }), asOf: { state: 1 } }
    const eve = new Author(tenant, 'client-c3')
    eve.look()
    eve.send(set('cards', 'c1', { state: 'lost' }))
    ben.look()
    ben.send(op)
    expect(tenant.conflicts).toMatchObject([{ policy: 'states', loser: { value: 'archived' }, base: 'open' }])
  })

  it('MRG-27 is not known of a field that its author held in no view, nor of another log', () => {
    const { tenant, ben } = unseen()
    ben.send({ ...set('cards', 'c1', { state: 'won' }), asOf: { state: 0 } })
    ben.send({ ...set('cards', 'c1', { title: 'Low' }), blind: true })
    const edit = ben.edit({ ...set('cards', 'c1', { title: 'Ebb' }) })
    new Author(tenant, 'client-c3').send({ ...set('cards', 'c1', { title: 'Sea' }), blind: true })
    tenant.push('client-b2', [{ ...edit, context: { epoch: 'epoch0', seq: 4 } }])
    const [, high, sea] = tenant.conflicts
    expect(high).toMatchObject({ loser: { value: 'High' }, base: 'Tide' })
    expect(sea).not.toHaveProperty('base')
    expect(tenant.log.flatMap(({ changes }) => changes)).toMatchObject([
      { kind: 'insert' },
      {},
      {},
      { base: { title: [] } },
      { base: { title: [] } },
      { base: { title: ['Low'] } },
    ])
  })

  it('MRG-26 of a record as a whole is its row, as far as the edit is about it', () => {
    const { tenant, mia, ben } = unseen()
    mia.send(remove('cards', 'c1'))
    ben.send(set('cards', 'c1', { title: 'Low', note: 'Tuesday' }))
    expect(tenant.conflicts).toMatchObject([
      { loser: { value: { title: 'Low', note: 'Tuesday' } }, base: { title: 'Tide', note: null } },
    ])
    const kept = unseen('keepers')
    kept.ben.send(remove('keepers', 'c1'))
    expect(kept.tenant.conflicts).toMatchObject([
      { winner: { value: { title: 'High' } }, loser: { value: null }, base: { title: 'Tide' } },
    ])
    const revived = unseen('keepers')
    revived.mia.send(remove('keepers', 'c1'))
    revived.ben.send(set('keepers', 'c1', { note: 'Tuesday' }))
    expect(revived.tenant.conflicts).toMatchObject([{ loser: { value: null }, base: { title: 'High' } }])
  })
})

describe('the log is read backwards', () => {
  /** A tenant that counts what is read of its log. */
  class Counted extends MemoryTenant {
    reads: number[] = []

    override past(before: number) {
      this.reads.push(before)
      return super.past(before)
    }
  }

  function counted() {
    const tenant = new Counted(board)
    const [mia, ben] = [new Author(tenant, 'client-a1'), new Author(tenant, 'client-b2')]
    mia.send(insert('cards', 'c1', { title: 'Tide', owner: 'mia' }))
    for (const author of [mia, ben]) author.look()
    return { tenant, mia, ben }
  }

  it('MRG-27 for what is concurrent and lies by a policy that lets one value lose; for nothing else', () => {
    const { tenant, mia, ben } = counted()
    const all = { title: 'High', note: 'a', state: 'won', best: 3, first: '2026-01-01' }
    mia.send(set('cards', 'c1', all))
    ben.send({ ...set('cards', 'c1', { best: 2, first: '2026-01-02' }) })
    ben.send({ op: 'update', collection: 'cards', id: 'c1', fields: { votes: { add: 2 } } })
    mia.send({ op: 'update', collection: 'cards', id: 'c1', fields: { votes: { add: 2 } } })
    ben.look()
    ben.send(set('cards', 'c1', { title: 'Low' }))
    expect(tenant.reads).toEqual([])
  })

  it('MRG-27 once for a turn, back to what its authors held', () => {
    const { tenant, mia, ben } = counted()
    for (const title of ['a', 'b', 'c']) mia.send(set('cards', 'c1', { title, note: title }))
    const edits = ['x', 'y'].map((title) => ben.edit(set('cards', 'c1', { title, note: title })))
    tenant.push('client-b2', edits)
    expect(tenant.reads).toEqual([5, 4, 3])
    expect(tenant.conflicts.map(({ base }) => base)).toEqual(['b', 'b'])
  })

  it('MRG-27 and so far only: what is further back is not known', () => {
    const { tenant, mia, ben } = counted()
    mia.send(set('cards', 'c1', { title: 'High' }))
    for (let n = 0; n < 100; n++) {
      mia.look()
      mia.send(set('cards', 'c1', { note: String(n % 10).repeat(MAX_CHARACTERS_BACK / 160) }))
    }
    ben.send(set('cards', 'c1', { title: 'Low' }))
    expect(tenant.conflicts[0]).not.toHaveProperty('base')
    expect(tenant.log.at(-1)).toMatchObject({ changes: [{ before: { title: 'High' }, base: { title: [] } }] })
  })

  it('MRG-27 with what the turn itself has taken so far', () => {
    const { tenant, mia, ben } = counted()
    const turn = new Turn(tenant, 0)
    expect(turn.bases.of({ collection: 'cards', id: 'c1' }, 'title', 'Tide', known(1))).toEqual({
      value: 'Tide',
    })
    tenant.push('client-a1', [
      mia.edit(set('cards', 'c1', { title: 'b' })),
      mia.edit(set('cards', 'c1', { title: 'c' })),
    ])
    ben.send(set('cards', 'c1', { title: 'd' }))
    expect(tenant.conflicts).toMatchObject([{ loser: { value: 'c' }, base: 'b' }])
  })
})

const known = (upTo: number) => ({ upTo, has: () => false })
