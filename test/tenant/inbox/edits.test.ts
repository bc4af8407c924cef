import { describe, expect, it, vi } from 'vitest'
import { conflictsOf } from '../support/conflicts.ts'
import { cardsOf, sql } from '../support/database.ts'
import { newTenant, Peer } from '../support/peer.ts'
import { assignee, card, change, prize } from '../support/samples.ts'
import { wayToPostgres } from '../support/way-to-postgres.ts'

describe('an edit', () => {
  it('TEN-1 is accepted, shown to everyone, and stored in Postgres', async () => {
    const tenant = newTenant('store')
    const ada = await Peer.join({ sub: 'ada', tenant })
    const ben = await Peer.join({ sub: 'ben', tenant })

    const verdicts = await ada.push(ada.edit(assignee(), card('c1')))

    expect(verdicts).toEqual([{ is: 'accepted', n: 1, seq: 1 }])
    const [, from, to, parts] = await ben.next('rows')
    expect([from, to]).toEqual([0, 1])
    expect(parts.flatMap(([, puts]) => puts.map(([id]) => id))).toEqual(['a1', 'c1'])
    await ada.committed(1)
    expect(await cardsOf(tenant)).toMatchObject([{ id: 'c1', number: 'N-c1', status: 'draft' }])
  })

  it('TEN-9 is told to be committed, also when the verdict of an earlier one was repeated after it', async () => {
    const way = wayToPostgres()
    const ada = await Peer.join({ sub: 'ada', tenant: newTenant('awaited') })
    way.turn('held')
    const first = ada.edit(assignee('a1'))
    await ada.push(first)
    await vi.waitFor(() => expect(way.asked).toContain('apply_batch'))
    await ada.push(ada.edit(assignee('a2')))
    expect(await ada.push(first)).toMatchObject([{ is: 'accepted', seq: 1 }])
    way.turn('open')
    await ada.committed(1)
    await ada.committed(2)
  })

  it('TEN-9 is told so when both verdicts come in one turn', async () => {
    const way = wayToPostgres()
    const tenant = newTenant('awaited-together')
    const ada = await Peer.join({ sub: 'ada', tenant })
    way.turn('held')
    const [first, second] = [ada.edit(assignee('a1')), ada.edit(assignee('a2'))]
    await ada.push(first)
    await vi.waitFor(() => expect(way.asked).toContain('apply_batch'))
    // The later edit's frame first, then the earlier one's again: one turn takes both.
    ada.send(['push', 0, [second]])
    expect(await ada.push(first)).toHaveLength(1)
    await ada.next('receipt')
    way.turn('open')
    await ada.committed(1)
    await ada.committed(2)
  })

  it('TEN-2 has its receipt before its rows, so an author never sees it twice', async () => {
    const ada = await Peer.join({ sub: 'ada', tenant: newTenant('order') })
    await ada.push(ada.edit(assignee()))
    await ada.next('rows')
    const kinds = ada.frames.map(([kind]) => kind)
    expect(kinds.indexOf('receipt')).toBeLessThan(kinds.indexOf('rows'))
  })

  it('TEN-3 sent three times on two sockets has one seq and one effect', async () => {
    const tenant = newTenant('again')
    const ada = await Peer.join({ sub: 'ada', tenant })
    await ada.push(ada.edit(assignee(), card('c1')))
    const bump = ada.edit(change('c1', { reactions: { add: 1 } }))
    const first = await ada.push(bump)
    const second = await ada.push(bump)
    const tab = await Peer.join({ sub: 'ada', tenant }, ada.client)
    const third = await tab.push(bump)

    expect([second, third]).toEqual([first, first])
    await tab.committed(2)
    expect(await cardsOf(tenant)).toMatchObject([{ reactions: 1 }])
    expect(await sql('SELECT seq FROM tidemark.history WHERE tenant_id = $1', tenant)).toHaveLength(2)
  })

  it('TEN-4 made without sight of another merges with it field by field', async () => {
    const tenant = newTenant('merge')
    const ada = await Peer.join({ sub: 'ada', tenant })
    await ada.push(ada.edit(assignee(), card('c1', { status: 'open' })))
    const ben = await Peer.join({ sub: 'ben', tenant })
    await ada.next('rows')

    const unseen = ben.edit(
      change('c1', { notes: { set: 'from Ben' }, reactions: { add: 2 } }),
      prize('p2', 'c1', 3_000),
    )
    await ada.push(
      ada.edit(
        change('c1', { dueOn: { set: '2026-02-01' }, reactions: { add: 1 } }),
        prize('p1', 'c1', 7_000),
      ),
    )
    const [verdict] = await ben.push(unseen)

    if (verdict?.is !== 'accepted') throw new Error('Ben’s edit was not accepted')
    await ben.committed(verdict.seq)
    expect(await cardsOf(tenant)).toMatchObject([
      { notes: 'from Ben', reactions: 3, won: 10_000, status: 'finished' },
    ])
  })

  it('TEN-8 that overwrote a value unseen is kept with it in a conflict record', async () => {
    const tenant = newTenant('conflict')
    const ada = await Peer.join({ sub: 'ada', tenant })
    await ada.push(ada.edit(assignee(), card('c1')))
    const ben = await Peer.join({ sub: 'ben', tenant })
    await ada.next('rows')
    const unseen = ben.edit(change('c1', { notes: { set: 'from Ben' } }))
    await ada.push(ada.edit(change('c1', { notes: { set: 'from Ada' } })))
    await ben.push(unseen)

    expect(await conflictsOf(tenant)).toMatchObject([
      {
        ...{ seq: 3, collection: 'cards', record: 'c1', field: 'notes', policy: 'lww', state: 'open' },
        ...{ winnerBy: 'ben', winner: { client: ben.client, value: 'from Ben' } },
        ...{ loserBy: 'ada', loser: { client: ada.client, value: 'from Ada' }, base: { value: '' } },
      },
    ])
  })

  it('TEN-5 that is refused says why, uses up its number, and leaves no trace', async () => {
    const tenant = newTenant('refuse')
    const ada = await Peer.join({ sub: 'ada', tenant })
    await ada.push(ada.edit(assignee(), card('c1')))
    const wrong = ada.edit(
      change('c1', { notes: { set: 'half' } }),
      change('c1', { number: { set: 'other' } }),
    )
    const [refused] = await ada.push(wrong)
    const [repeated] = await ada.push(wrong)
    const [next] = await ada.push(ada.edit(change('c1', { notes: { set: 'whole' } })))

    expect(refused).toMatchObject({ is: 'rejected', n: 2, error: { code: 'immutable', retryable: false } })
    expect(repeated).toEqual(refused)
    expect(next).toMatchObject({ is: 'accepted', n: 3, seq: 2 })
    await ada.committed(2)
    expect(await cardsOf(tenant)).toMatchObject([{ number: 'N-c1', notes: 'whole' }])
  })

  it('TEN-6 that Postgres refuses is undone for everyone, and later edits live on', async () => {
    const tenant = newTenant('revert')
    const ada = await Peer.join({ sub: 'ada', tenant })
    const ben = await Peer.join({ sub: 'ben', tenant })
    await ada.push(ada.edit(assignee(), card('c1', { number: 'A-1' })))
    await ada.push(
      ada.edit(card('c2', { number: 'A-1' })),
      ada.edit(change('c1', { notes: { set: 'later' } })),
    )

    const receipt = await ada.find(
      'a revert',
      (frame): frame is Extract<typeof frame, ['receipt', ...unknown[]]> =>
        frame[0] === 'receipt' && frame[1].some(({ is }) => is === 'reverted'),
    )
    expect(receipt[1]).toMatchObject([{ is: 'reverted', n: 2, error: { code: 'refused-unique' } }])
    const left = await ben.find(
      'the leave',
      (frame): frame is Extract<typeof frame, ['rows', ...unknown[]]> =>
        frame[0] === 'rows' && frame[3].some(([, , , leaves]) => leaves.includes('c2')),
    )
    // The author is told of it in the same turn.
    expect(left[2]).toBe(5)
    await ada.committed(5)
    expect(await cardsOf(tenant)).toMatchObject([{ id: 'c1', notes: 'later' }])
  })

  it('TEN-7 by somebody without the right is refused in words', async () => {
    const vic = await Peer.join({ sub: 'vic', tenant: newTenant('viewer'), role: 'viewer' })
    const [verdict] = await vic.push(vic.edit(assignee()))
    expect(verdict).toMatchObject({ is: 'rejected', error: { code: 'write-refused' } })
  })
})
