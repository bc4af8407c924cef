import { describe, expect, it } from 'vitest'
import { receive } from '../../../src/core/edits/receive.ts'
import { Turn } from '../../../src/core/edits/turn.ts'
import type { Op } from '../../../src/protocol/edit.ts'
import type { Row } from '../../../src/protocol/value.ts'
import { board } from '../../fixtures/board.ts'
import { BothSides } from '../../support/both-sides.ts'
import { Author, insert, outcome, set } from '../../support/memory-tenant.ts'

/** Both sides with a card, and two people who hold it and see nothing more until they look. */
function withCard(values: Row = {}) {
  const both = new BothSides()
  const { tenant } = both
  const [mia, ben] = [new Author(tenant, 'client-a1'), new Author(tenant, 'client-b2')]
  mia.send(insert('cards', 'c1', { title: 'Tide', owner: 'mia', ...values }))
  both.drain()
  mia.look()
  ben.look()
  const rows = () => [tenant.row('cards', 'c1'), both.postgres.table('cards').get('c1')]
  return { both, tenant, mia, ben, rows, conflicts: () => tenant.conflicts }
}

const advise = (advice: string | null) => set('cards', 'c1', { advice })
const tell = (story: string | null) => set('cards', 'c1', { story })

describe('ask', () => {
  it('MRG-28 what was written unseen waits, and what is there stays', () => {
    const { both, mia, ben, rows, conflicts } = withCard({ advice: 'wait' })
    mia.send(advise('go left'))
    expect(outcome(ben.send(advise('go right')))).toBe('accepted')
    expect(outcome(ben.send(advise('stop')))).toBe('accepted')
    both.drain()
    for (const row of rows()) expect(row).toMatchObject({ advice: 'go left' })
    const about = { field: 'advice', policy: 'ask', winner: { actor: 'client-a1', n: 2, value: 'go left' } }
    expect(conflicts()).toMatchObject([
      { ...about, loser: { actor: 'client-b2', n: 1, value: 'go right' }, base: 'wait' },
      { ...about, loser: { actor: 'client-b2', n: 2, value: 'stop' }, base: 'wait' },
    ])
    expect(conflicts()[0]).not.toHaveProperty('result')
  })

  it('MRG-28 in sight it takes effect, and the same words agree', () => {
    const { mia, ben, rows, conflicts } = withCard()
    mia.send(advise('go left'))
    ben.send(advise('go left'))
    mia.look()
    mia.send(advise('go right'))
    expect(rows()[0]).toMatchObject({ advice: 'go right' })
    expect(conflicts()).toEqual([])
  })

  it('MRG-28 a change made in Postgres unseen is kept, and what stands is written there', () => {
    const { both, mia, rows, conflicts } = withCard({ advice: 'wait' })
    mia.send(advise('go left'))
    both.postgres.update('cards', 'c1', () => ({ advice: 'go right' }))
    both.drain()
    for (const row of rows()) expect(row).toMatchObject({ advice: 'go left' })
    expect(conflicts()).toMatchObject([
      { policy: 'ask', loser: { actor: 'sql', value: 'go right' }, base: 'wait' },
    ])
    both.postgres.update('cards', 'c1', () => ({ advice: 'turn' }))
    both.drain()
    for (const row of rows()) expect(row).toMatchObject({ advice: 'turn' })
    expect(conflicts()).toHaveLength(1)
  })

  it('MRG-28 once the one that stood in its way is undone, what waited still waits', () => {
    const { both, mia, ben, rows } = withCard({ advice: 'wait' })
    mia.send(advise('go left'))
    ben.send(advise('go right'))
    both.send(9, 'answered', 0)
    both.drain()
    for (const row of rows()) expect(row).toMatchObject({ advice: 'wait' })
  })
})

describe('merge', () => {
  it('MRG-29 makes one of two, and both can be had again', () => {
    const { both, mia, ben, rows, conflicts } = withCard({ story: 'once upon' })
    mia.send(tell('once upon a tide'))
    ben.send(tell('upon an ebb'))
    both.drain()
    for (const row of rows()) expect(row).toMatchObject({ story: 'a an ebb tide upon' })
    expect(conflicts()).toMatchObject([
      {
        policy: 'merge',
        winner: { actor: 'client-b2', value: 'upon an ebb' },
        loser: { actor: 'client-a1', value: 'once upon a tide' },
        base: 'once upon',
        result: 'a an ebb tide upon',
      },
    ])
  })

  it('MRG-29 the loser is the one that it did not come to', () => {
    const { mia, ben, conflicts } = withCard({ story: 'a' })
    mia.send(tell('a b c'))
    ben.send(tell('a b'))
    expect(conflicts()).toMatchObject([{ winner: { value: 'a b c' }, loser: { value: 'a b' }, base: 'a' }])
    expect(conflicts()[0]).not.toHaveProperty('result')
  })

  it('MRG-29 in sight the later takes effect, and the function is not asked', () => {
    const { mia, ben, rows, conflicts } = withCard({ story: 'a' })
    mia.send(tell('a b'))
    ben.look()
    expect(outcome(ben.send(tell('!')))).toBe('accepted')
    expect(rows()[0]).toMatchObject({ story: '!' })
    expect(conflicts()).toEqual([])
  })

  it('MRG-30 an author’s next edit overwrites nobody’s part of what its own was merged to', () => {
    for (const inOneEdit of [false, true]) {
      const { mia, ben, rows } = withCard({ story: 'a' })
      mia.send(tell('a mia'))
      const edits: Op[] = [tell('a ben'), tell('a ben again')]
      if (inOneEdit) ben.send(...edits)
      else for (const op of edits) ben.send(op)
      expect(rows()[0]).toMatchObject({ story: 'a again ben mia' })
      ben.look()
      ben.send(tell('ben alone'))
      expect(rows()[0]).toMatchObject({ story: 'ben alone' })
    }
  })

  it('MRG-29 what a log began with was there for whoever held another log, and is overwritten in sight', () => {
    const { tenant, conflicts } = withCard()
    tenant.load('cards', { c2: { id: 'c2', title: 'Ebb', owner: 'mia', story: 'a' } })
    const ops = [set('cards', 'c2', { story: 'alone' })]
    const context = { epoch: 'another', seq: 40 }
    expect(tenant.push('client-c3', [{ n: 1, context, ops }])).toMatchObject([{ is: 'accepted' }])
    expect(tenant.row('cards', 'c2')).toMatchObject({ story: 'alone' })
    expect(conflicts()).toEqual([])
  })

  it('MRG-29 merges with what somebody writes in Postgres, again and again, and writes it there', () => {
    const { both, mia, rows, conflicts } = withCard({ story: 'a' })
    mia.send(tell('a mia'))
    both.postgres.update('cards', 'c1', () => ({ story: 'a sql' }))
    both.read()
    both.postgres.update('cards', 'c1', () => ({ story: 'a sql again' }))
    both.drain()
    for (const row of rows()) expect(row).toMatchObject({ story: 'a again mia sql' })
    expect(conflicts().map(({ base }) => base)).toEqual(['a', 'a'])
  })

  it('MRG-29 merges once more where an earlier one was refused by Postgres', () => {
    const { both, mia, ben, rows } = withCard({ story: 'a' })
    mia.send(tell('a mia'))
    ben.send(tell('a ben'))
    expect(rows()[0]).toMatchObject({ story: 'a ben mia' })
    both.send(9, 'answered', 0)
    both.drain()
    for (const row of rows()) expect(row).toMatchObject({ story: 'a ben' })
  })

  it.each([
    ['throws', '!', 'Error: not mergeable'],
    ['gives what the column cannot hold', '?', '"story" must be text.'],
  ])(
    'MRG-31 a function that %s refuses that edit and no other, and is told to whoever runs it',
    (_, story, why) => {
      const { tenant, mia, ben, rows } = withCard({ story: 'a' })
      mia.send(tell('a mia'))
      const turn = new Turn(tenant, 0)
      const edits = [ben.edit(tell(story)), ben.edit(set('cards', 'c1', { title: 'Ebb' }))]
      const claims = { sub: 'ben', tenant: 'acme', role: 'writer' }
      const verdicts = receive(turn, board, { client: 'client-b2', claims, acknowledged: 0, edits })
      tenant.write(turn)
      expect(verdicts.map(outcome)).toEqual(['bad-value', 'accepted'])
      expect(verdicts[0]).toMatchObject({ error: { ref: 'story', retryable: false } })
      expect(turn.mergeFaults).toEqual([{ collection: 'cards', column: 'story', error: why }])
      expect(rows()[0]).toMatchObject({ story: 'a mia', title: 'Ebb' })
    },
  )

  it('MRG-31 a change made in Postgres is not refused: it stands, and the other is kept', () => {
    const { both, mia, rows, conflicts } = withCard({ story: 'a' })
    mia.send(tell('a mia'))
    both.postgres.update('cards', 'c1', () => ({ story: '!' }))
    both.drain()
    for (const row of rows()) expect(row).toMatchObject({ story: '!' })
    expect(conflicts()).toMatchObject([{ winner: { value: '!' }, loser: { value: 'a mia' } }])
  })
})
