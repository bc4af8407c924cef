import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { carryClientState, newClientState } from '../../../src/core/edits/admit.ts'
import { Turn } from '../../../src/core/edits/turn.ts'
import type { LogEntry } from '../../../src/core/log/log.ts'
import { resubmit, unsettled } from '../../../src/core/outbox/carry.ts'
import { wireError } from '../../../src/protocol/errors.ts'
import type { Row } from '../../../src/protocol/value.ts'
import { board } from '../../fixtures/board.ts'
import { Author, addTo, insert, MemoryTenant, outcome, remove, set } from '../../support/memory-tenant.ts'
import { holds } from '../../support/property.ts'
import { opOf, ownSteps } from '../../support/random-steps.ts'

/** A log of two authors, as an object may have to leave it behind. */
function oldLog(): { log: LogEntry[]; tenant: MemoryTenant } {
  const tenant = new MemoryTenant(board)
  const [ada, ben] = [new Author(tenant, 'client-ada'), new Author(tenant, 'client-ben')]
  ada.send(insert('cards', 'a', { title: 'A', owner: 'ada' }))
  ben.look()
  ben.send(addTo('cards', 'a', 'votes', 2))
  ada.look()
  ada.send(set('cards', 'a', { title: 'A2' }), addTo('cards', 'a', 'votes', 3))
  return { log: tenant.log, tenant }
}

/** Carries entries into a tenant that begins with these rows of Postgres. */
function carryInto(rows: Readonly<Record<string, Row>>, entries: readonly LogEntry[]) {
  const tenant = new MemoryTenant(board)
  tenant.load('cards', rows)
  const turn = new Turn(tenant, 0)
  const errors = entries.map((entry) => resubmit(turn, board, entry)?.code ?? 'ok')
  tenant.write(turn)
  return { tenant, errors }
}

describe('what is carried', () => {
  it('EPO-1 exactly the edits that Postgres has not settled and nobody undid are carried', () => {
    const { log, tenant } = oldLog()
    tenant.revert(2)
    const ids = (settled: Record<string, number>) =>
      unsettled(log, (client) => settled[client] ?? 0, new Set([2])).map(({ actor, n }) => `${actor} ${n}`)
    expect(ids({})).toEqual(['client-ada 1', 'client-ada 2'])
    expect(ids({ 'client-ada': 1 })).toEqual(['client-ada 2'])
    expect(ids({ 'client-ada': 2, 'client-ben': 1 })).toEqual([])
  })

  it('EPO-2 carried edits do in the new log what they did in the old', () => {
    const { log, tenant: old } = oldLog()
    const { tenant, errors } = carryInto({}, log)
    expect(errors).toEqual(['ok', 'ok', 'ok'])
    expect(tenant.row('cards', 'a')).toEqual(old.row('cards', 'a'))
    expect(tenant.log.map(({ seq, actor, n, changes }) => ({ seq, actor, n, changes }))).toEqual(
      log.map(({ seq, actor, n, changes }) => ({ seq, actor, n, changes })),
    )
    expect(tenant.conflicts).toEqual([])
  })

  it.each([
    [
      'several moves of one state',
      'open',
      [set('cards', 'a', { state: 'won' }), set('cards', 'a', { state: 'archived' })],
    ],
    ['a move that only an effect may make', 'lost', [insert('awards', 'w1', { card: 'a', points: 5 })]],
  ])('EPO-2 an edit with %s is not judged anew', (_, state, ops) => {
    const held = { id: 'a', title: 'A', note: null, votes: 0, owner: 'ada', state, points: 0 }
    const old = new MemoryTenant(board)
    old.load('cards', { a: held })
    new Author(old, 'client-ada').send(...ops)
    const { tenant, errors } = carryInto({ a: held }, old.log)
    expect(errors).toEqual(['ok'])
    expect(tenant.row('cards', 'a')).toEqual(old.row('cards', 'a'))
    expect(tenant.row('cards', 'a')).not.toEqual(held)
    expect(tenant.conflicts).toEqual([])
  })

  it('EPO-2 whatever was accepted, carried to where it began it comes to the same', () => {
    holds(
      fc.property(ownSteps, (list) => {
        const old = new MemoryTenant(board)
        const authors = [new Author(old, 'client-ada'), new Author(old, 'client-ben')]
        for (const step of list) {
          if (step.is === 'edit') authors[step.author]?.send(...step.deeds.map(opOf))
          else if (step.is === 'look') authors[step.author]?.look()
        }
        const { tenant, errors } = carryInto({}, old.log)
        expect(errors.filter((error) => error !== 'ok')).toEqual([])
        for (const collection of ['cards', 'keepers', 'awards'])
          for (let n = 1; n <= 9; n += 1)
            expect(tenant.row(collection, `c${n}`)).toEqual(old.row(collection, `c${n}`))
        expect(tenant.conflicts).toEqual([])
      }),
      300,
    )
  })

  it('EPO-2 deltas add to what Postgres holds by now', () => {
    const { log, tenant: old } = oldLog()
    const held = { ...old.row('cards', 'a'), title: 'A', votes: 40 }
    const { tenant } = carryInto({ a: held }, log.slice(1))
    expect(tenant.row('cards', 'a')).toMatchObject({ title: 'A2', votes: 45 })
  })

  it('EPO-3 a value that somebody wrote in Postgres meanwhile is kept in a conflict', () => {
    const { log, tenant: old } = oldLog()
    const { tenant } = carryInto({ a: { ...old.row('cards', 'a'), title: 'theirs' } }, log.slice(2))
    expect(tenant.row('cards', 'a')).toMatchObject({ title: 'A2' })
    expect(tenant.conflicts).toMatchObject([
      {
        field: 'title',
        winner: { actor: 'client-ada', value: 'A2' },
        loser: { actor: 'sql', value: 'theirs' },
      },
    ])
  })

  it.each([
    ['an insert that meets a row', 0, { a: { id: 'a', title: 'theirs' } }, 'row-exists'],
    ['a change of a row that is gone', 2, {}, 'row-missing'],
  ])('EPO-4 %s has no effect, and a place at which it was undone', (_, index, rows, code) => {
    const { log } = oldLog()
    const { tenant, errors } = carryInto(rows, log.slice(index, index + 1))
    expect(errors).toEqual([code])
    expect(tenant.log).toMatchObject([
      { seq: 1, actor: 'client-ada', n: log[index]?.n, changes: [] },
      { seq: 2, actor: 'object', changes: [], reverts: { seq: 1, error: { code } } },
    ])
    expect(tenant.conflicts).toEqual([])
  })

  it('EPO-6 a mark keeps its refusals and takes over what Postgres has settled', () => {
    const error = wireError('exists', 'There is one.')
    const refused = [{ n: 6, error: wireError('refused-check', 'Not this.') }]
    const state = {
      ...newClientState('client-ada', 'ada'),
      last: 4,
      verdicts: [
        { n: 3, hash: 'x', error },
        { n: 4, hash: 'y', seq: 9 },
      ],
    }
    expect(carryClientState(state, { n: 7, refused })).toEqual({
      client: 'client-ada',
      subject: 'ada',
      last: 7,
      acknowledged: 7,
      verdicts: [{ n: 3, hash: 'x', error }],
      reverts: [],
      refused,
    })
    expect(carryClientState(state, { n: 0, refused: [] })).toMatchObject({ last: 4, acknowledged: 0 })
  })
})

describe('an edit made elsewhere', () => {
  it('EPO-5 means the record that there is, when its author held another log or no copy', () => {
    const tenant = new MemoryTenant(board)
    new Author(tenant, 'client-ada').send(insert('cards', 'a', { title: 'A', owner: 'ada' }))
    const context = { epoch: 'an-old-one', seq: 99 }
    const [late] = tenant.push('client-ben', [{ n: 1, context, ops: [set('cards', 'a', { title: 'B' })] }])
    expect(outcome(late)).toBe('accepted')
    expect(tenant.row('cards', 'a')).toMatchObject({ title: 'B' })
    expect(tenant.conflicts).toMatchObject([{ field: 'title', loser: { value: 'A' } }])
    const blind = { ...remove('cards', 'a'), blind: true as const }
    const [gone] = tenant.push('client-cleo', [{ n: 1, context: { epoch: 'epoch1', seq: 2 }, ops: [blind] }])
    expect(outcome(gone)).toBe('accepted')
    expect(tenant.row('cards', 'a')).toBeUndefined()
  })
})
