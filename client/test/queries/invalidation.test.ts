import { expect, it } from 'vitest'
import type { Down } from '../../../src/protocol/down/down.ts'
import type { Invalidation } from '../../src/api/invalidation.ts'
import { HeldTags } from '../../src/session/held-tags.ts'
import { DeskClient, note, welcome } from '../support/desk.ts'
import { FakeEnvironment, settle } from '../support/fake-environment.ts'

it('INV-1 listeners hear of the tags they watch; each pattern goes up once, and ends with its last listener', async () => {
  const desk = await DeskClient.live(10, note('a'))
  desk.take()
  const heard: string[][] = []
  const stops = [1, 2].map(() =>
    desk.db.onInvalidate('notes_*', ({ tags, seq }) => heard.push([...tags, String(seq)])),
  )
  desk.db.onInvalidate('totals', ({ tags }) => heard.push([...tags]))
  await settle()
  const since = { epoch: 'e1', seq: 10 }
  expect(desk.take()).toEqual([['watch', { patterns: ['notes_*', 'totals'], since }]])
  await desk.say(
    ['invalidate', { epoch: 'e1', seq: 10, tags: [] }],
    ['invalidate', { epoch: 'e1', seq: 12, tags: ['notes_a', 'totals'] }],
  )
  expect(heard).toEqual([['notes_a', '12'], ['notes_a', '12'], ['totals']])
  for (const stop of stops) stop()
  await settle()
  expect(desk.take()).toEqual([['unwatch', ['notes_*']]])
})

it('INV-2 after a connection was lost, what was touched meanwhile is asked for', async () => {
  const desk = await DeskClient.live(10, note('a'))
  const heard: (readonly string[])[] = []
  desk.db.onInvalidate('notes_*', ({ tags }) => heard.push(tags))
  await settle()
  await desk.say(watched(10), touched(12, 'notes_a'), ['committed', 12])
  await desk.cut()
  expect((await desk.connect({ seq: 14 })).at(-1)).toEqual([
    'watch',
    { patterns: ['notes_*'], since: { epoch: 'e1', seq: 12 } },
  ])
  await desk.say(['invalidate', { epoch: 'e2', seq: 3, tags: ['*'], watched: true }])
  await desk.environment.pass(5_000)
  expect(heard).toEqual([['notes_a'], ['*']])
})

it('INV-2 where a connection ends before the answer, the next one asks from the same place', async () => {
  const desk = await DeskClient.live(10, note('a'))
  desk.db.onInvalidate('notes_*', () => {})
  await settle()
  await desk.say(watched(10), touched(12, 'notes_a'), ['committed', 12])
  const asked = ['watch', { patterns: ['notes_*'], since: { epoch: 'e1', seq: 12 } }]
  for (const committed of [15, 20]) {
    await desk.cut()
    expect((await desk.connect({ seq: 20, committed })).at(-1)).toEqual(asked)
  }
  await desk.say(watched(20))
  await desk.cut()
  const later = await desk.connect({ seq: 20, committed: 20 })
  expect(later.at(-1)).toEqual(['watch', { patterns: ['notes_*'], since: { epoch: 'e1', seq: 20 } }])
})

const touched = (seq: number, ...tags: string[]): Down => ['invalidate', { epoch: 'e1', seq, tags }]
const watched = (seq: number, ...tags: string[]): Down => [
  'invalidate',
  { epoch: 'e1', seq, tags, watched: true },
]

/** A desk with a listener at `committed`, and what that heard. */
async function atCommitted(committed = 10) {
  const desk = await DeskClient.live(committed, note('a'))
  desk.take()
  const heard: Invalidation[] = []
  const listen = (pattern: string) =>
    desk.db.onInvalidate(pattern, (told) => heard.push(told), { at: 'committed' })
  listen('notes_*')
  await settle()
  return { desk, heard, listen }
}

it('INV-3 a listener at committed hears of a tag once Postgres has it, one at accepted at once', async () => {
  const { desk, heard } = await atCommitted()
  const early: number[] = []
  desk.db.onInvalidate('notes_*', ({ seq }) => early.push(seq))
  await desk.say(watched(10), touched(12, 'notes_a'), touched(14, 'notes_b', 'lines_list'))
  expect([early, heard]).toEqual([[12, 14], []])
  await desk.say(['committed', 13])
  expect(heard).toEqual([{ tags: ['notes_a'], seq: 12 }])
  await desk.say(['committed', 14], touched(14, 'notes_c'))
  expect(heard.slice(1)).toEqual([
    { tags: ['notes_b'], seq: 14 },
    { tags: ['notes_c'], seq: 14 },
  ])
})

it('INV-3 it begins at what Postgres had then, also where the pattern was watched before', async () => {
  const desk = await DeskClient.live(10, note('a'))
  desk.take()
  desk.db.onInvalidate('notes_*', () => {})
  await settle()
  expect(desk.take()).toEqual([['watch', { patterns: ['notes_*'], since: { epoch: 'e1', seq: 10 } }]])
  await desk.say(watched(12, 'notes_a'))
  const heard: Invalidation[] = []
  desk.db.onInvalidate('notes_*', (told) => heard.push(told), { at: 'committed' })
  await desk.say(['committed', 12])
  expect([heard, desk.take()]).toEqual([[{ tags: ['notes_a'], seq: 12 }], []])
  desk.db.onInvalidate('lines_*', () => {}, { at: 'committed' })
  await settle()
  expect(desk.take()).toEqual([['watch', { patterns: ['lines_*'], since: { epoch: 'e1', seq: 12 } }]])
})

it('INV-4 what Postgres did not have is asked for again after a loss, and told once', async () => {
  const { desk, heard } = await atCommitted()
  await desk.say(watched(10), touched(12, 'notes_a'), ['committed', 12], touched(15, 'notes_b'))
  await desk.cut()
  const resumed = await desk.connect({ seq: 16, committed: 14 })
  expect(resumed.at(-1)).toEqual(['watch', { patterns: ['notes_*'], since: { epoch: 'e1', seq: 12 } }])
  expect(heard.map(({ tags }) => tags)).toEqual([['notes_a']])
  await desk.say(watched(16, 'notes_b'), ['committed', 16])
  expect(heard.slice(1)).toEqual([{ tags: ['notes_b'], seq: 16 }])
})

it('INV-4 a pattern that was added meanwhile begins at what Postgres had, too', async () => {
  const { desk } = await atCommitted()
  await desk.say(watched(15))
  await desk.cut()
  desk.db.onInvalidate('lines_*', () => {}, { at: 'committed' })
  const since = { epoch: 'e1', seq: 10 }
  const resumed = await desk.connect({ seq: 15, committed: 13 })
  expect(resumed.at(-1)).toEqual(['watch', { patterns: ['notes_*', 'lines_*'], since }])
})

it('INV-5 onWatched is called once, by the answer and by no other frame, and not for who has gone', async () => {
  const desk = await DeskClient.live(10, note('a'))
  const calls: string[] = []
  const listen = (name: string, at: 'accepted' | 'committed', pattern = 'notes_*') =>
    desk.db.onInvalidate(pattern, () => {}, { at, onWatched: () => void calls.push(name) })
  listen('first', 'accepted')
  await settle()
  await desk.say(touched(11, 'notes_a'))
  expect(calls).toEqual([])
  await desk.say(watched(11))
  listen('second', 'committed')
  listen('gone', 'committed')()
  listen('third', 'committed', 'lines_*')
  await settle()
  expect(calls).toEqual(['first', 'second'])
  await desk.say(touched(12, 'notes_a'))
  expect(calls).toEqual(['first', 'second'])
  await desk.say(watched(12))
  expect(calls).toEqual(['first', 'second', 'third'])
  await desk.cut()
  await desk.connect({ seq: 12, committed: 12 })
  await desk.say(watched(12))
  expect(calls).toHaveLength(3)
})

it('INV-6 that all tags are touched is told once, at a moment that is drawn', async () => {
  const moments = await Promise.all(
    [1, 2, 3].map(async (seed) => {
      const desk = new DeskClient({}, new FakeEnvironment(seed))
      const heard: number[] = []
      desk.db.onInvalidate('notes_*', ({ tags }) => heard.push(tags.length, desk.environment.now()))
      await desk.connect({ seq: 10, committed: 10 })
      const begun = desk.environment.now()
      await desk.say(watched(10, '*'), touched(11, '*'))
      expect(heard).toEqual([])
      await desk.environment.pass(5_000)
      expect(heard).toEqual([1, expect.any(Number)])
      return Number(heard[1]) - begun
    }),
  )
  expect(new Set(moments).size).toBe(3)
  expect(moments.every((ms) => ms >= 0 && ms < 5_000)).toBe(true)
})

it('INV-7 what waits for Postgres is bounded: beyond 64 turns it is told as all tags, once Postgres has it', () => {
  const held = new HeldTags()
  for (let seq = 1; seq <= 64; seq++) held.add({ seq, tags: ['list', `t${seq}`] })
  expect(held.take(62)?.tags).toHaveLength(63)
  expect(held.take(64)).toEqual({ seq: 64, tags: ['list', 't63', 't64'] })
  for (let seq = 101; seq <= 300; seq++) held.add({ seq, tags: [`t${seq}`] })
  expect(held.take(163)?.tags).toHaveLength(63)
  expect(held.take(299)).toBeUndefined()
  expect(held.take(300)).toEqual({ seq: 300, tags: ['*'] })
  expect(held.take(1_000)).toBeUndefined()
})

it('INV-8 a server of version 6 says nothing of commits, and at committed is told at once', async () => {
  const desk = new DeskClient()
  const heard: (readonly string[])[] = []
  let isWatched = false
  const onWatched = () => {
    isWatched = true
  }
  desk.db.onInvalidate('notes_*', ({ tags }) => heard.push(tags), { at: 'committed', onWatched })
  await settle()
  desk.socket.open(6)
  desk.socket.say(welcome({ protocol: 6, seq: 12, committed: 10 }))
  await settle()
  await desk.say(touched(12, 'notes_a'))
  expect([heard, isWatched]).toEqual([[['notes_a']], true])
})

it('INV-9 another place than accepted and committed is refused, and nothing is watched', async () => {
  const desk = await DeskClient.live(10, note('a'))
  desk.take()
  // @ts-expect-error there is no such place
  expect(() => desk.db.onInvalidate('notes_*', () => {}, { at: 'soon' })).toThrow(
    expect.objectContaining({ code: 'bad-value' }),
  )
  await settle()
  expect(desk.take()).toEqual([])
})
