import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { encode } from '../../../src/protocol/codec/codec.ts'
import type { Down } from '../../../src/protocol/down/down.ts'
import { CLOSE } from '../../../src/protocol/errors.ts'
import { MAX_SUBSCRIPTIONS, SEND_WINDOW } from '../../../src/protocol/limits.ts'
import type { Query } from '../../../src/protocol/query.ts'
import type { Priority } from '../../../src/protocol/up/priority.ts'
import { newTenant, Peer } from '../support/peer.ts'
import { assignee, card, change } from '../support/samples.ts'

const CARDS: Query = { collection: 'cards' }

/** Nearly as much as a text may have: some twenty of them are more than the window. */
const LONG = 'x'.repeat(60_000)
const MORE_THAN_THE_WINDOW = 20

const objectOf = (tenant: string) => env.TENANT.get(env.TENANT.idFromName(tenant))

const sizeOf = (frames: readonly Down[]) => frames.reduce((sum, frame) => sum + encode(frame).length, 0)

const rowsIn = (frames: readonly Down[]) => frames.filter((frame) => frame[0] === 'rows')

async function withCards(name: string, count: number, notes = '') {
  const tenant = newTenant(name)
  const ada = await Peer.join({ sub: 'ada', tenant })
  await ada.push(ada.edit(assignee()))
  for (let i = 0; i < count; i++) await ada.push(ada.edit(card(`c${i}`, { notes })))
  return { tenant, ada }
}

/** A session that never says that it has read something. */
async function reader(tenant: string, sub: string): Promise<Peer> {
  const peer = await Peer.open({ sub, tenant })
  peer.reads = false
  await peer.hello()
  return peer
}

describe('a session that does not read', () => {
  it('FLO-1 is sent a window of rows at most, holds nobody up, and catches up in one interval', async () => {
    const { tenant, ada } = await withCards('slow', 1)
    const slow = await reader(tenant, 'slow')
    const ben = await Peer.join({ sub: 'ben', tenant })
    await slow.follow(0, CARDS)
    for (let i = 0; i < MORE_THAN_THE_WINDOW; i++) {
      await ada.push(ada.edit(change('c0', { notes: { set: `${i}${LONG}` } })))
      await ben.next('rows')
    }
    expect(sizeOf(slow.frames)).toBeLessThan(SEND_WINDOW + 1_000)
    const told = rowsIn(slow.frames).length
    expect(told).toBeLessThan(MORE_THAN_THE_WINDOW)

    slow.send(['read-ack', sizeOf(slow.frames)])
    await slow.until('the interval it has missed', () => rowsIn(slow.frames).length > told)
    const [before, missed] = rowsIn(slow.frames).slice(-2)
    expect(missed?.[1]).toBe(before?.[2])
    expect(JSON.stringify(missed)).toContain(`"${MORE_THAN_THE_WINDOW - 1}${LONG}"`)
    expect(rowsIn(slow.frames)).toHaveLength(told + 1)
  })

  it('FLO-2 gets the pages of a large snapshot as it reads them, with what changed meanwhile', async () => {
    const { tenant, ada } = await withCards('large', MORE_THAN_THE_WINDOW, LONG)
    const slow = await reader(tenant, 'slow')
    slow.send(['subscribe', { id: 0, query: CARDS }])
    const pages = () => slow.frames.flatMap((frame) => (frame[0] === 'page' ? [frame[1]] : []))
    await slow.until('a first page', () => pages().length > 0)
    await ada.push(ada.edit(change('c0', { reactions: { add: 1 } })))
    await slow.next('rows')
    expect(pages().some(({ last }) => last)).toBe(false)
    while (!pages().some(({ last }) => last)) {
      const had = slow.frames.length
      slow.send(['read-ack', sizeOf(slow.frames)])
      await slow.until('more', () => slow.frames.length > had)
    }
    expect(pages().flatMap(({ rows }) => rows)).toHaveLength(MORE_THAN_THE_WINDOW)
    await ada.push(ada.edit(change('c1', { reactions: { add: 1 } })))
    expect((await slow.next('rows'))[3]).toMatchObject([[expect.any(Number), [], [['c1', 6, 1]], []]])
  })

  it('FLO-4 gets what has the highest priority before the rest of what it asked for earlier', async () => {
    const { tenant } = await withCards('urgent', MORE_THAN_THE_WINDOW, LONG)
    const slow = await reader(tenant, 'slow')
    slow.send(['subscribe', { id: 0, query: CARDS, priority: 'low' }])
    const pages = () => slow.frames.flatMap((frame) => (frame[0] === 'page' ? [frame[1]] : []))
    await slow.until('a first page', () => pages().length > 0)
    slow.send([
      'subscribe',
      { id: 1, query: { ...CARDS, where: ['>=', 'reactions', 0] }, priority: 'critical' },
    ])
    const views = () => slow.frames.flatMap((frame) => (frame[0] === 'view' ? [frame[1].view] : []))
    await slow.until('both views', () => views().length === 2)
    const begun = pages().length
    while (pages().filter(({ last }) => last).length < 2) {
      const had = slow.frames.length
      slow.send(['read-ack', sizeOf(slow.frames)])
      await slow.until('more', () => slow.frames.length > had)
    }
    const [low, critical] = views()
    const after = pages().slice(begun)
    const lastCritical = after.findLastIndex(({ view }) => view === critical)
    expect(after.filter(({ view }) => view === low).length).toBeGreaterThan(0)
    expect(after.slice(0, lastCritical).every(({ view }) => view === critical)).toBe(true)
  })

  it('FLO-3 and stays behind for a minute is closed, and may resume', async () => {
    const { tenant, ada } = await withCards('stuck', 1)
    const slow = await reader(tenant, 'slow')
    await slow.follow(0, CARDS)
    for (let i = 0; i < MORE_THAN_THE_WINDOW; i++) {
      await ada.push(ada.edit(change('c0', { notes: { set: `${i}${LONG}` } })))
    }
    // Commits are told to everybody, which changes their sessions. Asleep, the object keeps nothing anew.
    await ada.committed(2 + MORE_THAN_THE_WINDOW)
    await evictDurableObject(objectOf(tenant), { webSockets: 'hibernate' })
    await runInDurableObject(objectOf(tenant), (_, state) => {
      for (const socket of state.getWebSockets()) age(socket)
    })
    await evictDurableObject(objectOf(tenant), { webSockets: 'hibernate' })
    await runDurableObjectAlarm(objectOf(tenant))
    expect(await slow.untilClosed()).toEqual({ code: CLOSE.tooSlow, reason: 'too-slow' })

    const again = await Peer.open({ sub: 'slow', tenant }, slow.client)
    const [, { epoch }] = await again.hello()
    const resume = { epoch, seq: rowsIn(slow.frames).at(-1)?.[2] ?? 0, resumeToken: slow.resumeTokenOf(0) }
    again.send(['subscribe', { id: 0, query: CARDS, resume }])
    expect(JSON.stringify(await again.next('rows'))).toContain(`"${MORE_THAN_THE_WINDOW - 1}${LONG}"`)
  })
})

/** As if its session had been behind for long. */
function age(socket: WebSocket): void {
  const attachment = socket.deserializeAttachment()
  if (attachment.state.behindSince === undefined) return
  socket.serializeAttachment({ ...attachment, state: { ...attachment.state, behindSince: 0 } })
}

describe('when there is no room for all subscriptions', () => {
  const query = (i: number): Query => ({ collection: 'cards', where: ['=', 'number', `N-c${i}`] })

  async function full(name: string, priority: Priority) {
    const { tenant, ada } = await withCards(name, 3)
    const ben = await Peer.open({ sub: 'ben', tenant })
    await ben.hello()
    for (let id = 0; id < MAX_SUBSCRIPTIONS; id++) await ben.follow(id, query(id), { priority })
    return { ada, ben }
  }

  it('BUD-1 one of lower priority gives way and is told; it comes back when there is room', async () => {
    const { ada, ben } = await full('way', 'low')
    const rows = await ben.follow(100, CARDS, { priority: 'critical' })
    expect(rows).toHaveLength(3)
    const [, { subscription }] = await findFirst(ben, 'evicted')
    expect(subscription).toBe(MAX_SUBSCRIPTIONS - 1)
    ben.send(['unsubscribe', { id: 0 }])
    expect((await ben.next('view'))[1].subscription).toBe(subscription)
    expect(await ben.snapshot()).toHaveLength(0)
    await ada.push(ada.edit(card(`c${subscription}`)))
    expect((await ben.next('rows'))[3]).toHaveLength(2)
  })

  it('BUD-2 one more of the same priority is refused, and the others go on', async () => {
    const { ada, ben } = await full('full', 'medium')
    ben.send(['subscribe', { id: 100, query: CARDS }])
    expect((await ben.next('error'))[1]).toMatchObject({ code: 'too-many-subscriptions', ref: 100 })
    await ada.push(ada.edit(change('c1', { reactions: { add: 1 } })))
    expect((await ben.next('rows'))[3]).toHaveLength(1)
  })
})

/** The first frame of a kind, whether or not it was passed over. */
async function findFirst(peer: Peer, kind: 'evicted') {
  const find = () => peer.frames.find((frame) => frame[0] === kind)
  await peer.until(kind, () => find() !== undefined)
  const frame = find()
  if (frame?.[0] !== kind) throw new Error('unreachable: it was waited for')
  return frame
}
