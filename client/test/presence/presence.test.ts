import { expect, it } from 'vitest'
import type { Down } from '../../../src/protocol/down/down.ts'
import { MAX_PLACES, PRESENCE_EVERY_MS, SIGN_EVERY_MS } from '../../../src/protocol/limits.ts'
import type { Peer, PlaceOf } from '../../src/api/presence.ts'
import { type Desk, DeskClient, note } from '../support/desk.ts'
import { settle } from '../support/fake-environment.ts'

const A = { collection: 'notes', id: 'a' } as const
const B = { collection: 'notes', id: 'b' } as const

const ben = (...places: Peer['places']): Peer => ({ subject: 'ben', name: 'Ben', places })

async function live() {
  const desk = await DeskClient.live(10, note('a'))
  desk.take()
  return desk
}

it('PRS-20 where somebody is goes up once, is said again on each connection, and ends with its place', async () => {
  const desk = await live()
  const place = desk.db.presence.enter(A)
  const twice = desk.db.presence.enter(A)
  await settle()
  expect(desk.take()).toEqual([['presence', { at: [A], of: [] }]])
  await desk.environment.pass(1_000)
  twice.leave()
  await settle()
  expect(desk.take()).toEqual([])
  await desk.cut()
  expect((await desk.connect({ seq: 10 })).at(-1)).toEqual(['presence', { at: [A], of: [] }])
  await desk.environment.pass(PRESENCE_EVERY_MS)
  place.leave()
  await settle()
  expect(desk.take()).toEqual([['presence', { at: [], of: [] }]])
})

it('PRS-20 what moves faster than ten times a second goes up ten times a second, the last of it at last', async () => {
  const desk = await live()
  const place = desk.db.presence.enter(A)
  for (let i = 0; i < 100; i++) {
    place.move({ ...A, field: 'title', cursor: [i, i] })
    await settle()
    await desk.environment.pass(10)
  }
  await desk.environment.pass(PRESENCE_EVERY_MS)
  const said = desk.take().filter(([kind]) => kind === 'presence')
  expect(said.length).toBeGreaterThan(5)
  expect(said.length).toBeLessThanOrEqual(11)
  expect(said.at(-1)).toEqual(['presence', { at: [{ ...A, field: 'title', cursor: [99, 99] }], of: [] }])
})

it('PRS-20 a server of version 6 is told nothing', async () => {
  const desk = new DeskClient()
  desk.db.presence.enter(A)
  await settle()
  desk.socket.open(6)
  const [hello] = desk.socket.take()
  expect(hello?.[0]).toBe('hello')
  await desk.environment.pass(1_000)
  expect(desk.socket.take()).toEqual([])
})

it('PRS-21 a page that is hidden is nowhere, and is back when somebody looks', async () => {
  const desk = await live()
  desk.db.presence.enter(A)
  desk.db.presence.of(B).subscribe(() => {})
  await settle()
  expect(desk.take()).toEqual([['presence', { at: [A], of: [B] }]])
  await desk.environment.pass(PRESENCE_EVERY_MS)
  desk.environment.hide()
  await settle()
  expect(desk.take()).toEqual([['presence', { at: [], of: [] }]])
  await desk.environment.pass(PRESENCE_EVERY_MS)
  desk.environment.show()
  await settle()
  expect(desk.take()).toEqual([['presence', { at: [A], of: [B] }]])
})

it('PRS-22 peers are shown by place, and the same object until they change', async () => {
  const desk = await live()
  const shown: (readonly Peer[])[] = []
  const all = desk.db.presence.of({ collection: 'notes' })
  const stop = all.subscribe((peers) => shown.push(peers))
  desk.db.presence.of(B).subscribe(() => {})
  await desk.say(['peers', { signs: true, all: true, peers: [ben(A, { ...B, field: 'title' })] }])
  expect(all.getSnapshot()).toEqual([ben(A, { ...B, field: 'title' })])
  expect(desk.db.presence.of(B).getSnapshot()).toEqual([ben({ ...B, field: 'title' })])
  const before = desk.db.presence.of(B).getSnapshot()
  await desk.say(['peers', { signs: true, peers: [ben({ ...B, field: 'title' })] }])
  expect(desk.db.presence.of(B).getSnapshot()).toBe(before)
  expect(all.getSnapshot()).toEqual(before)
  await desk.say(['peers', { signs: false, gone: ['ben'] }])
  expect(all.getSnapshot()).toEqual([])
  expect(shown).toHaveLength(3)
  stop()
})

it('PRS-22 without a connection nobody is known of', async () => {
  const desk = await live()
  const peers = desk.db.presence.of(A)
  peers.subscribe(() => {})
  await desk.say(['peers', { signs: true, all: true, peers: [ben(A)] }])
  expect(peers.getSnapshot()).toHaveLength(1)
  await desk.cut()
  expect(peers.getSnapshot()).toEqual([])
})

it('PRS-12 a client that is asked again says where it is', async () => {
  const desk = await live()
  desk.db.presence.enter(A)
  await settle()
  desk.take()
  await desk.environment.pass(PRESENCE_EVERY_MS)
  await desk.say(['peers', { signs: false, again: true }])
  expect(desk.take()).toEqual([['presence', { at: [A], of: [] }]])
})

it('PRS-11 whoever is to give signs of life does every five seconds, also where frames never cease', async () => {
  const desk = await live()
  const news = (signs: boolean): Down => ['peers', { signs }]
  const beats = async (ms: number) => {
    const before = desk.socket.beats.length
    for (let passed = 0; passed < ms; passed += 500) {
      await desk.environment.pass(500)
      desk.socket.sayText(
        desk.socket.beats.length > before
          ? 'pong'
          : JSON.stringify(['progress', { collection: 'notes', done: 1, total: 1 }]),
      )
    }
    return desk.socket.beats.length - before
  }
  desk.socket.say(news(true))
  await beats(SIGN_EVERY_MS)
  expect(await beats(12 * SIGN_EVERY_MS)).toBeGreaterThanOrEqual(11)
  desk.socket.say(news(false))
  await beats(SIGN_EVERY_MS)
  expect(await beats(10 * SIGN_EVERY_MS)).toBeLessThanOrEqual(1)
})

const MISTAKES: readonly (readonly [string, PlaceOf<Desk>])[] = [
  ['an id that is none', { ...A, id: '' }],
  ['a name that is none', ''],
  ['a cursor in no field', { ...A, cursor: [1, 1] }],
]

it.each(MISTAKES)('PRS-23 %s throws where it is written, and changes nothing', async (_, place) => {
  const desk = await live()
  const own = desk.db.presence.enter(B)
  expect(() => desk.db.presence.enter(place)).toThrow(expect.objectContaining({ code: 'bad-value' }))
  expect(() => own.move(place)).toThrow(expect.objectContaining({ code: 'bad-value' }))
  await settle()
  expect(desk.take()).toEqual([['presence', { at: [B], of: [] }]])
})

it('PRS-23 one place too many throws, and the others stay', async () => {
  const desk = await live()
  const names = Array.from({ length: MAX_PLACES }, (_, i) => `place ${i}`)
  for (const name of names) desk.db.presence.enter(name)
  expect(() => desk.db.presence.enter('one more')).toThrow(expect.objectContaining({ code: 'bad-value' }))
  await settle()
  expect(desk.take()).toEqual([['presence', { at: names, of: [] }]])
})

it('PRS-24 a place that was left cannot be moved, and a closed client is nowhere', async () => {
  const desk = await live()
  const place = desk.db.presence.enter(A)
  place.leave()
  place.move(B)
  await settle()
  expect(desk.take()).toEqual([])
  desk.db.presence.enter(A)
  desk.db.close()
  expect(desk.environment.timers).toBe(0)
})
