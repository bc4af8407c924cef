import { expect, it, vi } from 'vitest'
import { CLOSE } from '../../../src/protocol/errors.ts'
import { Inbox } from '../../../src/tenant/inbox/inbox.ts'
import type { Arrival } from '../../../src/tenant/inbox/undo-turn.ts'
import { LogRows } from '../../../src/tenant/storage/log-rows.ts'
import { newTenant, Peer } from '../support/peer.ts'
import { assignee, card } from '../support/samples.ts'

/** Keeps back what arrives until so many frames are there, so that one turn has all of them. */
function inOneTurn(frames: number) {
  const waiting: { inbox: Inbox; arrival: Arrival }[] = []
  const add = Inbox.prototype.add
  const held = vi.spyOn(Inbox.prototype, 'add').mockImplementation(function (this: Inbox, arrival: Arrival) {
    waiting.push({ inbox: this, arrival })
    if (waiting.length < frames) return
    held.mockRestore()
    for (const one of waiting) add.call(one.inbox, one.arrival)
  })
}

/** The storage does not take what is about a record of that id. */
function poison(id: string) {
  const append = LogRows.prototype.append
  return vi.spyOn(LogRows.prototype, 'append').mockImplementation(function (
    this: LogRows,
    entries,
    committed,
  ) {
    if (entries.some(({ changes }) => changes.some((change) => change.id === id)))
      throw new Error(`no room for ${id}`)
    append.call(this, entries, committed)
  })
}

it('LOD-2 a turn that cannot be stored is taken again session by session, and ends only the one that spoils it', async () => {
  const tenant = newTenant('spoilt-turn')
  const ada = await Peer.join({ sub: 'ada', tenant })
  await ada.push(ada.edit(assignee()))
  const [ben, eve] = [await Peer.join({ sub: 'ben', tenant }), await Peer.join({ sub: 'eve', tenant })]
  const cy = await Peer.open({ sub: 'cy', tenant })
  const lines = vi.spyOn(console, 'log')
  const spoilt = poison('c-eve')

  inOneTurn(6)
  const welcome = cy.hello()
  cy.send(['subscribe', { id: 0, query: { collection: 'assignees' } }])
  cy.send(['subscribe', { id: 1, query: { collection: 'nothing' } }])
  eve.send(['push', 0, [eve.edit(card('c-eve'))]])
  const verdicts = ben.push(ben.edit(card('c-ben')))
  ben.send(['subscribe', { id: 9, query: { collection: 'cards' } }])

  expect(await eve.untilClosed()).toEqual({ code: CLOSE.busy, reason: 'busy' })
  expect(await verdicts).toMatchObject([{ is: 'accepted', seq: 2 }])
  expect((await ben.snapshot()).map(([id]) => id)).toEqual(['c-ben'])
  expect((await welcome)[1].seq).toBeGreaterThan(0)
  expect(await cy.snapshot()).toHaveLength(1)
  expect(cy.frames.filter(([kind]) => kind === 'error')).toMatchObject([['error', { ref: 1 }]])
  expect([ada.closed, ben.closed, cy.closed]).toEqual([undefined, undefined, undefined])
  const failed = lines.mock.calls.map(([line]) => JSON.parse(String(line)))
  expect(failed.filter(({ event }) => event === 'turn-failed')).toMatchObject([{ frames: 6 }, { frames: 1 }])

  spoilt.mockRestore()
  lines.mockRestore()
  const again = await Peer.open({ sub: 'eve', tenant }, eve.client)
  await again.hello()
  expect(await again.push(again.edit(card('c-eve')))).toMatchObject([{ is: 'accepted', seq: 3 }])
})
