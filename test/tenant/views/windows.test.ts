import { evictDurableObject } from 'cloudflare:test'
import { expect, it, vi } from 'vitest'
import { MAX_SUBSCRIPTIONS } from '../../../src/protocol/limits.ts'
import type { Query } from '../../../src/protocol/query.ts'
import { CollectionRows } from '../../../src/tenant/storage/collection-rows.ts'
import { newTenant, Peer } from '../support/peer.ts'
import { assignee, card, change } from '../support/samples.ts'
import { objectOf } from '../support/tenant-world.ts'

const CARDS = 200
const LIMIT = 100

const windowOf = (i: number): Query => ({
  collection: 'cards',
  where: ['>=', 'reactions', -i],
  orderBy: [['number', 'asc']],
  limit: LIMIT,
})

it('LOD-8 edits beside many windows read no rows for them, and one that moves in all reads each once at most', async () => {
  const tenant = newTenant('windows')
  const ada = await Peer.open({ sub: 'ada', tenant })
  await ada.hello()
  await ada.follow(0, { collection: 'assignees' })
  await ada.push(ada.edit(assignee()))
  for (let i = 0; i < CARDS; i += 50)
    await ada.push(...Array.from({ length: 50 }, (_, j) => ada.edit(card(`c${100 + i + j}`))))
  const eve = await Peer.open({ sub: 'eve', tenant })
  await eve.hello()
  for (let id = 0; id < MAX_SUBSCRIPTIONS; id++) await eve.follow(id, windowOf(id))
  const scans = vi.spyOn(CollectionRows.prototype, 'scan')
  for (let i = 0; i < 20; i++) {
    await ada.push(ada.edit(change(`c${100 + i}`, { notes: { set: `${i}` } })))
    expect((await eve.next('rows'))[3]).toHaveLength(MAX_SUBSCRIPTIONS)
  }
  expect(scans).not.toHaveBeenCalled()
  // The next one comes in from beyond.
  await ada.push(ada.edit({ op: 'delete', collection: 'cards', id: 'c100' }))
  const [, , , parts] = await eve.next('rows')
  expect(
    new Set(parts.map(([, puts, , leaves]) => JSON.stringify([puts.map(([id]) => id), leaves]))),
  ).toEqual(new Set([JSON.stringify([['c200'], ['c100']])]))
  expect(scans.mock.calls.length).toBeLessThanOrEqual(MAX_SUBSCRIPTIONS)

  await ada.committed(ada.cursor)
  await evictDurableObject(objectOf(tenant), { webSockets: 'hibernate' })
  scans.mockClear()
  for (let i = 1; i < 20; i++) {
    await ada.push(ada.edit(change(`c${100 + i}`, { notes: { set: `again ${i}` } })))
    await eve.next('rows')
  }
  expect(scans.mock.calls.length).toBeLessThanOrEqual(MAX_SUBSCRIPTIONS)
  scans.mockRestore()
})
