import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { MAX_WATCHES } from '../../../src/protocol/limits.ts'
import { newTenant, Peer } from '../support/peer.ts'
import { assignee, card, change } from '../support/samples.ts'

async function watching(name: string, patterns: string[], role: 'owner' | 'viewer' = 'owner') {
  const tenant = newTenant(name)
  const ada = await Peer.join({ sub: 'ada', tenant })
  await ada.push(ada.edit(assignee()), ada.edit(card('c1', { status: 'open' })))
  const ben = await Peer.open({ sub: 'ben', tenant, role })
  await ben.hello()
  ben.send(['watch', { patterns }])
  const [, place] = await ben.next('invalidate')
  expect(place).toMatchObject({ seq: 2, tags: [] })
  return { tenant, ada, ben, place }
}

it('INV-23 whoever watches is told, once a turn, which of their tags were touched, and up to where', async () => {
  const { ada, ben } = await watching('tags', ['cards_*', 'assignee_a1'])
  await ada.push(
    ada.edit(change('c1', { notes: { set: 'a' } })),
    ada.edit(change('c1', { notes: { set: 'b' } })),
    ada.edit({ op: 'insert', collection: 'assignees', id: 'a2', values: { name: 'Bo' } }),
  )
  expect((await ben.next('invalidate'))[1]).toMatchObject({
    seq: 5,
    tags: ['assignee_a1', 'cards_c1', 'cards_list'],
  })
})

it('INV-24 tags are watched on through sleep, and no more once they are let go', async () => {
  const { tenant, ada, ben } = await watching('sleep', ['cards_*', 'assignees_*'])
  await evictDurableObject(env.TENANT.get(env.TENANT.idFromName(tenant)), { webSockets: 'hibernate' })
  await ada.push(ada.edit(change('c1', { notes: { set: 'a' } })))
  expect((await ben.next('invalidate'))[1].tags).toEqual(['cards_c1', 'cards_list'])
  ben.send(['unwatch', ['cards_*']])
  await ada.push(ada.edit(change('c1', { notes: { set: 'b' } })))
  await ada.push(ada.edit({ op: 'insert', collection: 'assignees', id: 'a3', values: { name: 'Cy' } }))
  expect((await ben.next('invalidate'))[1].tags).toEqual(['assignees_a3', 'assignees_list'])
})

it('INV-25 what was touched during an absence is told on return; where the log does not know, all is', async () => {
  const { tenant, ada, ben, place } = await watching('away', ['cards_*'])
  ben.close()
  await ada.push(ada.edit(card('c2')), ada.edit({ op: 'delete', collection: 'cards', id: 'c2' }))
  const again = await Peer.open({ sub: 'ben', tenant }, ben.client)
  await again.hello()
  again.send(['watch', { patterns: ['cards_*'], since: { epoch: place.epoch, seq: place.seq } }])
  expect((await again.next('invalidate'))[1]).toMatchObject({
    seq: 4,
    tags: ['cards_c2', 'cards_list'],
  })
  again.send(['watch', { patterns: ['assignee_*'], since: { epoch: 'another', seq: 1 } }])
  expect((await again.next('invalidate'))[1].tags).toEqual(['*'])
})

it('INV-26 what somebody may not see gives them no sign', async () => {
  const { ada, ben } = await watching('unseen', ['*'], 'viewer')
  await ada.push(ada.edit(card('c9', { status: 'draft' })))
  await ada.push(ada.edit(change('c1', { reactions: { add: 1 } })))
  expect((await ben.next('invalidate'))[1]).toMatchObject({ seq: 4 })
  expect(JSON.stringify(ben.frames)).not.toMatch(/"(N-)?c9"/)
})

it('INV-27 there is an end to what one session may watch', async () => {
  const { ada, ben } = await watching('many', ['cards_*'])
  ben.send(['watch', { patterns: Array.from({ length: MAX_WATCHES }, (_, i) => `tag_${i}`) }])
  expect((await ben.next('error'))[1].code).toBe('too-many-watches')
  await ada.push(ada.edit(change('c1', { reactions: { add: 1 } })))
  expect((await ben.next('invalidate'))[1].tags).toContain('cards_c1')
})

it('INV-28 whoever was told of tags is told of commits until Postgres has what touched them', async () => {
  const { ada, ben } = await watching('committed', ['cards_*'])
  await ada.push(ada.edit(change('c1', { notes: { set: 'a' } })))
  const [, { seq }] = await ben.next('invalidate')
  let committed = 0
  while (committed < seq) [, committed] = await ben.next('committed')
  expect(committed).toBe(seq)
  ben.send(['watch', { patterns: ['assignee_*'], since: { epoch: 'another', seq: 1 } }])
  const [, missed] = await ben.next('invalidate')
  expect(missed.tags).toEqual(['*'])
  expect(await ben.next('committed')).toEqual(['committed', missed.seq])
})

it('INV-29 the answer to a watch says that it is one, and no other frame does', async () => {
  const { ada, ben, place } = await watching('answer', ['cards_*'])
  expect(place.watched).toBe(true)
  await ada.push(ada.edit(change('c1', { notes: { set: 'a' } })))
  expect((await ben.next('invalidate'))[1].watched).toBeUndefined()
  ben.send(['watch', { patterns: ['assignee_*'] }])
  expect((await ben.next('invalidate'))[1].watched).toBe(true)
})
