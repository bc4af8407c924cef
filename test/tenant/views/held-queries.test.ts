import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { expect, it } from 'vitest'
import { MAX_PERSON_DEFINITIONS, MAX_SUBSCRIPTIONS } from '../../../src/protocol/limits.ts'
import type { Query } from '../../../src/protocol/query.ts'
import { PageCache } from '../../../src/tenant/views/page-cache.ts'
import { newTenant, Peer } from '../support/peer.ts'
import { assignee, card, change } from '../support/samples.ts'
import { objectOf } from '../support/tenant-world.ts'

/** A query of some 60,000 characters. */
const long = (i: number): Query => ({
  collection: 'cards',
  where: ['in', 'number', Array.from({ length: 600 }, (_, j) => `${i}-${j}`.padEnd(98, 'x'))],
})

it('LOD-7 the pages that are kept are bounded together with their names', () => {
  const most = 8 * 1024 * 1024
  const pages = new PageCache()
  const page = { text: '[]', total: 0 }
  for (let i = 0; i < 200; i++) {
    pages.get(1, `${i}${'q'.repeat(100_000)}`, () => page)
    pages.window(1, `${i}${'w'.repeat(100_000)}`, () => ({ ids: ['c1'], places: [{ id: 'c1' }] }))
    expect(pages.characters).toBeLessThanOrEqual(most)
  }
  expect(pages.characters).toBeGreaterThan(most / 2)
  // What never fits is made each time, and throws nothing else out.
  const { characters } = pages
  pages.get(1, 'x'.repeat(most + 1), () => page)
  expect(pages.characters).toBe(characters)
})

it('LOD-7 what all queries of a person hold is bounded in characters; more are refused, and ending some makes room', async () => {
  const tenant = newTenant('long-queries')
  const ada = await Peer.join({ sub: 'ada', tenant })
  await ada.push(ada.edit(assignee()), ada.edit(card('c1')))
  const eve = await Peer.open({ sub: 'eve', tenant })
  await eve.hello()
  const other = await Peer.open({ sub: 'eve', tenant })
  await other.hello()
  let held = 0
  const refusal = () => [...eve.frames, ...other.frames].find(([kind]) => kind === 'error')
  for (; !refusal(); held++) {
    expect(held).toBeLessThan(MAX_SUBSCRIPTIONS)
    const peer = held % 2 === 0 ? eve : other
    const { length } = peer.frames
    peer.send(['subscribe', { id: held, query: long(held) }])
    await peer.until('an answer', () =>
      peer.frames.slice(length).some(([kind]) => kind === 'page' || kind === 'error'),
    )
  }
  expect(refusal()).toMatchObject(['error', { code: 'too-many-subscriptions', ref: held - 1 }])
  const kept = await runInDurableObject(objectOf(tenant), (_, { storage }) =>
    storage.sql.exec<{ size: number }>('SELECT sum(length(definition)) AS size FROM view').one(),
  )
  expect(kept.size).toBeLessThan(MAX_PERSON_DEFINITIONS + 1_000)
  eve.send(['unsubscribe', { id: 0 }])
  expect(await eve.follow(100, long(100))).toEqual([])
  expect(await ada.push(ada.edit(change('c1', { notes: { set: 'a' } })))).toMatchObject([{ is: 'accepted' }])
})

it('LOD-7 an object that wakes does not parse the queries that nobody follows any more, and forgets them', async () => {
  const tenant = newTenant('stale-queries')
  const ada = await Peer.join({ sub: 'ada', tenant })
  await ada.push(ada.edit(assignee()), ada.edit(card('c1')))
  await ada.committed(2)
  await runInDurableObject(objectOf(tenant), (_, { storage }) => {
    storage.sql.exec("INSERT INTO view (number, definition) VALUES (1000, 'this cannot be parsed')")
  })
  await evictDurableObject(objectOf(tenant), { webSockets: 'hibernate' })
  await ada.push(ada.edit(change('c1', { notes: { set: 'a' } })))
  await ada.next('rows')
  const left = await runInDurableObject(objectOf(tenant), (_, { storage }) =>
    storage.sql.exec('SELECT number FROM view WHERE number = 1000').toArray(),
  )
  expect(left).toEqual([])
  // A number is not given twice.
  await ada.follow(50, long(1))
  const views = ada.frames.flatMap((frame) => (frame[0] === 'view' ? [frame[1].view] : []))
  expect(Math.max(...views)).toBe(1001)
})
