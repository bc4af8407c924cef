import { describe, expect, it } from 'vitest'
import type { Question } from '../../../src/core/edits/proposal.ts'
import type { Change } from '../../../src/core/log/log.ts'
import { MAX_PROPOSALS } from '../../../src/protocol/limits.ts'
import { awards, board, cards } from '../../fixtures/board.ts'
import {
  Author,
  addTo,
  insert,
  MemoryTenant,
  outcome,
  remove,
  set,
  takenProposal,
} from '../../support/memory-tenant.ts'

const MIA = 'client-a1'
const card = insert('cards', 'c1', { title: 'Tide', owner: 'mia' })

/** A tenant with a card that is in Postgres (seq 1), which both authors see. */
function begin() {
  const tenant = new MemoryTenant(board)
  const [mia, ben] = [new Author(tenant, MIA), new Author(tenant, 'client-b2')]
  ben.send(card)
  mia.look()
  ben.look()
  return { tenant, mia, ben, row: () => tenant.row('cards', 'c1') }
}

/** What Postgres is asked to do. */
function changesOf(question: Question | undefined): readonly Change[] {
  if (!question || 'withdrawn' in question) throw new Error('there is nothing to be done')
  return question.changes
}

describe('an edit that is Postgres first', () => {
  it('PF-1 has no verdict, no place in the log and no effect', () => {
    const { tenant, mia, row } = begin()
    expect(mia.propose(set('cards', 'c1', { title: 'Ebb' }))).toBeUndefined()
    expect(tenant.log).toHaveLength(1)
    expect(row()).toMatchObject({ title: 'Tide' })
    expect(tenant.clientState(MIA)?.last ?? 0).toBe(0)
    expect(tenant.waiting).toBe(1)
  })

  it('PF-2 is refused at once, and for good, for whatever an edit is refused', () => {
    const { tenant, mia } = begin()
    expect(outcome(mia.propose(set('cards', 'c1', { owner: 'eve' })))).toBe('immutable')
    expect(outcome(mia.propose(insert('awards', 'a1', { card: 'c1', points: 0 })))).toBe('effect-refused')
    expect(tenant.waiting).toBe(0)
    expect(tenant.clientState(MIA)?.last).toBe(2)
  })

  it('PF-3 holds back what its author pushes after it, and nobody else’s edits', () => {
    const { tenant, mia, ben, row } = begin()
    const first = { ...mia.edit(addTo('cards', 'c1', 'votes', 1)), durability: 'committed' as const }
    const second = mia.edit(addTo('cards', 'c1', 'votes', 10))
    expect(tenant.push(MIA, [first, second])).toEqual([])
    expect(tenant.push(MIA, [second]).map(outcome)).toEqual(['gap'])
    expect(outcome(ben.send(addTo('cards', 'c1', 'votes', 100)))).toBe('accepted')
    tenant.takeExternal([takenProposal(tenant.question(MIA), 2)], 2)
    expect(tenant.push(MIA, [second]).map(outcome)).toEqual(['accepted'])
    expect(row()).toMatchObject({ votes: 111 })
  })

  it('PF-4 that is sent again waits on, and with other content is refused', () => {
    const { tenant, mia } = begin()
    const edit = { ...mia.edit(set('cards', 'c1', { title: 'Ebb' })), durability: 'committed' as const }
    expect(tenant.push(MIA, [edit])).toEqual([])
    expect(tenant.push(MIA, [edit])).toEqual([])
    const other = { ...edit, ops: [remove('cards', 'c1')] }
    expect(tenant.push(MIA, [other]).map(outcome)).toEqual(['duplicate-mismatch'])
    expect(tenant.waiting).toBe(1)
    tenant.takeExternal([takenProposal(tenant.question(MIA), 1)], 1)
    const verdict = { is: 'accepted', n: 1, seq: 2, committed: true }
    expect(tenant.push(MIA, [edit])).toEqual([verdict])
  })

  it('PF-5 is one entry of its author once Postgres has it, of all its rows, with one verdict', () => {
    const { tenant, mia, row } = begin()
    mia.propose(insert('awards', 'a1', { card: 'c1', points: 5 }), set('cards', 'c1', { note: 'well done' }))
    const question = tenant.question(MIA)
    expect(changesOf(question).map(({ kind, collection }) => [kind, collection])).toEqual([
      ['insert', 'awards'],
      ['update', 'cards'],
    ])
    const entries = tenant.takeExternal([takenProposal(question, 1)], 1)
    expect(entries).toMatchObject([
      { seq: 2, actor: MIA, n: 1, subject: 'person of client-a1', repairs: [], external: { length: 2 } },
    ])
    expect(row()).toMatchObject({ points: 5, state: 'won', note: 'well done' })
    expect(tenant.verdicts).toEqual([{ is: 'accepted', n: 1, seq: 2, committed: true }])
    expect(tenant.waiting).toBe(0)
  })

  it('PF-5 that changes nothing has its entry and its verdict, too', () => {
    const { tenant, mia } = begin()
    mia.propose(set('cards', 'c1', { title: 'Tide' }))
    expect(changesOf(tenant.question(MIA))).toEqual([])
    expect(tenant.takeExternal([takenProposal(tenant.question(MIA), 1)], 1)).toMatchObject([
      { seq: 2, changes: [] },
    ])
    expect(tenant.verdicts).toMatchObject([{ is: 'accepted' }])
  })
})

describe('an edit that is Postgres first and others that it has not seen', () => {
  it('PF-6 is drafted from what the log is when Postgres is asked; a value that loses is kept', () => {
    const { tenant, mia, ben, row } = begin()
    mia.propose(set('cards', 'c1', { title: 'Mia' }), addTo('cards', 'c1', 'votes', 1))
    ben.send(set('cards', 'c1', { title: 'Ben' }), addTo('cards', 'c1', 'votes', 2))
    const question = tenant.question(MIA)
    expect(changesOf(question)).toMatchObject([
      { before: { title: 'Ben', votes: 2 }, after: { title: 'Mia', votes: 3 }, adds: { votes: 1 } },
    ])
    tenant.takeExternal([takenProposal(question, 2)], 2)
    expect(row()).toMatchObject({ title: 'Mia', votes: 3 })
    expect(tenant.conflicts).toMatchObject([
      { seq: 3, field: 'title', winner: { actor: MIA, value: 'Mia' }, loser: { value: 'Ben' } },
    ])
  })

  it('PF-6 merges with what was accepted while Postgres was asked', () => {
    const { tenant, mia, ben, row } = begin()
    mia.propose(set('cards', 'c1', { title: 'Mia', state: 'lost' }), addTo('cards', 'c1', 'votes', 1))
    const question = tenant.question(MIA)
    ben.send(set('cards', 'c1', { title: 'Ben', state: 'won' }), addTo('cards', 'c1', 'votes', 2))
    const [entry] = tenant.takeExternal([takenProposal(question, 1)], 1)
    expect(row()).toMatchObject({ title: 'Mia', votes: 3, state: 'won' })
    expect(entry?.repairs).toMatchObject([{ before: { state: 'lost' }, after: { state: 'won' } }])
    expect(tenant.conflicts.map(({ field, winner }) => [field, winner.value])).toEqual([
      ['title', 'Mia'],
      ['state', 'won'],
    ])
  })

  it('PF-6 is seen by whoever changes its rows in Postgres later, and by its author', () => {
    const { tenant, mia, row } = begin()
    mia.propose(set('cards', 'c1', { state: 'won' }))
    tenant.takeExternal([takenProposal(tenant.question(MIA), 1)], 1)
    const change = { kind: 'update', before: { state: 'won' }, after: { state: 'lost' } } as const
    tenant.takeExternal(
      [{ ...change, collection: 'cards', id: 'c1', epoch: 'epoch1', seen: 1, by: 'psql' }],
      1,
    )
    expect(row()).toMatchObject({ state: 'lost' })
    mia.propose(insert('cards', 'c2', { title: 'New', owner: 'mia' }))
    tenant.takeExternal([takenProposal(tenant.question(MIA), 1)], 1)
    expect(outcome(mia.send(set('cards', 'c2', { title: 'Newer' })))).toBe('accepted')
    expect(tenant.conflicts).toEqual([])
  })

  it('PF-6 is refused, if Postgres was never asked, once it can no longer be done', () => {
    const { tenant, mia, ben } = begin()
    mia.propose(insert('cards', 'c2', { title: 'Mine', owner: 'mia' }))
    ben.send(insert('cards', 'c2', { title: 'Mine', owner: 'ben' }))
    expect(tenant.question(MIA)).toBeUndefined()
    expect(tenant.verdicts.map(outcome)).toEqual(['exists'])
  })
})

describe('a refusal', () => {
  it('PF-7 by Postgres is final and keeps its number', () => {
    const { tenant, mia } = begin()
    const edit = { ...mia.edit(set('cards', 'c1', { title: 'Ebb' })), durability: 'committed' as const }
    tenant.push(MIA, [edit])
    const question = tenant.question(MIA)
    if (!question) throw new Error('there is a proposal')
    const refusal = { seq: -1, sqlState: '23514', message: 'no' }
    tenant.takeVerdict(question, { is: 'refused', refusal })
    expect(tenant.push(MIA, [edit]).map(outcome)).toEqual(['refused-check'])
    expect(outcome(mia.send(set('cards', 'c1', { title: 'Flow' })))).toBe('accepted')
  })

  it('PF-18 by nobody, of one that the object took and forgot: it is accepted where the log stands', () => {
    const { tenant, mia } = begin()
    mia.propose(set('cards', 'c1', { title: 'Ebb' }))
    const question = tenant.question(MIA)
    if (!question) throw new Error('there is a proposal')
    tenant.takeVerdict(question, { is: 'taken' })
    expect(tenant.verdicts).toEqual([{ is: 'accepted', n: 1, seq: 1, committed: true }])
    expect(tenant.log).toHaveLength(1)
  })

  it('PF-9 at the deadline is the object’s own if Postgres was never asked', () => {
    const { tenant, mia } = begin()
    tenant.push(MIA, [{ ...mia.edit(remove('cards', 'c1')), durability: 'committed', deadlineMs: 500 }])
    expect(tenant.question(MIA, 500)).toBeUndefined()
    expect(tenant.verdicts.map(outcome)).toEqual(['deadline'])
  })

  it('PF-9 at the deadline is asked of Postgres if that was asked before, and is not believed before it answers', () => {
    const { tenant, mia, row } = begin()
    tenant.push(MIA, [{ ...mia.edit(remove('cards', 'c1')), durability: 'committed', deadlineMs: 500 }])
    const question = tenant.question(MIA, 499)
    expect(tenant.question(MIA, 500)).toMatchObject({ n: 1, withdrawn: { sqlState: 'TM020' } })
    expect(tenant.verdicts).toEqual([])
    // Postgres had taken it before, and says so.
    tenant.takeExternal([takenProposal(question, 1)], 1)
    expect(tenant.verdicts).toMatchObject([{ is: 'accepted' }])
    expect(row()).toBeUndefined()
  })

  it('PF-9 of what can no longer be done is asked of Postgres likewise', () => {
    const { tenant, mia, ben } = begin()
    mia.propose(insert('cards', 'c2', { title: 'Mine', owner: 'mia' }))
    tenant.question(MIA)
    ben.send(insert('cards', 'c2', { title: 'Mine', owner: 'ben' }))
    expect(tenant.question(MIA)).toMatchObject({ withdrawn: { sqlState: 'TM021' } })
  })
})

describe('which edits are Postgres first', () => {
  const first = { ...awards, durability: 'committed', deadlineMs: 300 } as const
  const app = { ...board, manifest: { hash: 'first', collections: [{ ...cards, deadlineMs: 900 }, first] } }

  it('PF-10 those that say so, and those that touch a collection that says so, with the shortest deadline', () => {
    const tenant = new MemoryTenant(app)
    const mia = new Author(tenant, MIA)
    expect(outcome(mia.send(card))).toBe('accepted')
    const award = mia.edit(
      insert('awards', 'a1', { card: 'c1', points: 5 }),
      set('cards', 'c1', { note: 'x' }),
    )
    expect(tenant.push(MIA, [award])).toEqual([])
    expect(tenant.proposal(MIA)).toMatchObject({ at: 0, dueAt: 300, asked: false })
    tenant.takeExternal([takenProposal(tenant.question(MIA), 1)], 1)
    const own = { ...mia.edit(insert('awards', 'a2', { card: 'c1', points: 5 })), deadlineMs: 2_000 }
    tenant.push(MIA, [own])
    expect(tenant.proposal(MIA)).toMatchObject({ dueAt: 2_000 })
  })

  it('PF-10 a deadline of any other edit is a mistake', () => {
    const { tenant, mia } = begin()
    expect(tenant.push(MIA, [{ ...mia.edit(remove('cards', 'c1')), deadlineMs: 5 }]).map(outcome)).toEqual([
      'bad-operation',
    ])
  })

  it('PF-11 at most so many wait in a tenant; more are refused before, and tried again', () => {
    const { tenant } = begin()
    const authors = Array.from({ length: MAX_PROPOSALS + 1 }, (_, i) => new Author(tenant, `client-${i}-x`))
    const verdicts = authors.map((author) => author.propose(addTo('cards', 'c1', 'votes', 1)))
    expect(verdicts.map((verdict) => verdict && outcome(verdict))).toEqual([
      ...Array.from({ length: MAX_PROPOSALS }, () => undefined),
      'outbox-full',
    ])
    expect(tenant.waiting).toBe(MAX_PROPOSALS)
  })
})
