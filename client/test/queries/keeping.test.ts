import { expect, it } from 'vitest'
import { MAX_SUBSCRIPTIONS } from '../../../src/protocol/limits.ts'
import { KEEP_MS, MAX_KEPT } from '../../src/queries/keeping.ts'
import { DeskClient, note, view } from '../support/desk.ts'
import { settle } from '../support/fake-environment.ts'

const starred = (desk: DeskClient, stars: number) => desk.db.notes.where({ stars })
const ended = (desk: DeskClient) =>
  desk.take().flatMap(([kind, body]) => (kind === 'unsubscribe' ? [body] : []))

/** Listens to a query, which is answered. */
async function open(desk: DeskClient, stars: number): Promise<() => void> {
  const stop = starred(desk, stars).subscribe(() => {})
  await settle()
  desk.take()
  const number = desk.lastSubscription
  await desk.say(view(number, number), [
    'page',
    { view: number, seq: 10, rows: [note(`n${stars}`, 'a', stars)], last: true, total: 1 },
  ])
  return stop
}

it('QRY-80 whoever is back within five seconds has the rows at once, current, and nothing was asked for', async () => {
  const desk = await DeskClient.live(10, note('a'))
  const stop = await open(desk, 1)
  const number = desk.lastSubscription
  stop()
  await desk.environment.pass(KEEP_MS - 1)
  await desk.say(['rows', 10, 11, [[number, [note('n2', 'b', 1)], [], []]]])
  const query = starred(desk, 1)
  expect(query.getSnapshot()).toMatchObject({ status: 'ready', rows: [{ id: 'n1' }, { id: 'n2' }] })
  const leave = query.subscribe(() => {})
  await desk.environment.pass(2 * KEEP_MS)
  expect([ended(desk), query.getSnapshot().status]).toEqual([[], 'ready'])
  leave()
})

it('QRY-80 afterwards nothing of it is left, at the server, here, or as a timer', async () => {
  const desk = await DeskClient.live(10, note('a'))
  const before = desk.environment.timers
  const stop = await open(desk, 1)
  stop()
  stop()
  expect(desk.environment.timers).toBe(before + 1)
  await desk.environment.pass(KEEP_MS - 1)
  expect(ended(desk)).toEqual([])
  await desk.environment.pass(1)
  expect(ended(desk)).toEqual([{ id: 2 }])
  expect(desk.environment.timers).toBe(before)
  expect(starred(desk, 1).getSnapshot()).toMatchObject({ rows: [], status: 'loading' })
})

it('QRY-80 what was left before it was loaded is let go at once', async () => {
  const desk = await DeskClient.live(10, note('a'))
  const stop = starred(desk, 1).subscribe(() => {})
  await settle()
  desk.take()
  stop()
  await settle()
  expect(ended(desk)).toEqual([{ id: 2 }])
})

it('QRY-80 of many that are left the first are let go, and they leave room for those that somebody listens to', async () => {
  const desk = await DeskClient.live(10, note('a'))
  for (let stars = 1; stars <= MAX_KEPT + 1; stars++) (await open(desk, stars))()
  await settle()
  expect(ended(desk)).toEqual([{ id: 2 }])
  // The notes of the desk, and those that are kept.
  const room = MAX_SUBSCRIPTIONS - 1 - MAX_KEPT
  for (let i = 1; i <= room; i++) starred(desk, 1_000 + i).subscribe(() => {})
  await settle()
  expect(ended(desk)).toEqual([])
  starred(desk, 2_000).subscribe(() => {})
  await settle()
  expect(ended(desk)).toEqual([{ id: 3 }])
})

it('QRY-80 closing lets all of it go', async () => {
  const desk = await DeskClient.live(10, note('a'))
  ;(await open(desk, 1))()
  desk.db.close()
  await settle()
  expect(desk.environment.timers).toBe(0)
})

it('QRY-81 once gives the loaded rows, and leaves nothing behind', async () => {
  const desk = await DeskClient.live(10, note('a'))
  const rows = starred(desk, 1).once()
  await settle()
  desk.take()
  await desk.say(view(2, 2), ['page', { view: 2, seq: 10, rows: [note('b', 'b', 1)], last: true, total: 1 }])
  expect((await rows).rows).toMatchObject([{ id: 'b' }])
  // Who holds it already is answered at once.
  expect((await desk.db.notes.all().once()).rows).toHaveLength(1)
  await desk.environment.pass(KEEP_MS)
  expect(ended(desk)).toEqual([{ id: 2 }])
})

it('QRY-81 once rejects with the code of what stands against it', async () => {
  const desk = await DeskClient.live(10, note('a'))
  const refused = starred(desk, 1).once()
  await settle()
  desk.take()
  const error = { code: 'too-many-subscriptions', message: 'No more.', retryable: false, ref: 2 } as const
  await desk.say(['error', error])
  await expect(refused).rejects.toMatchObject({
    name: 'QueryError',
    code: 'too-many-subscriptions',
    message: 'No more.',
  })
  const waiting = starred(desk, 3).once()
  const abort = new AbortController()
  const givenUp = starred(desk, 4).once({ signal: abort.signal })
  abort.abort(new Error('It took too long.'))
  await expect(givenUp).rejects.toThrow('It took too long.')
  await expect(starred(desk, 4).once({ signal: abort.signal })).rejects.toThrow('It took too long.')
  desk.db.close()
  await expect(waiting).rejects.toMatchObject({ code: 'client-closed' })
  await expect(starred(desk, 5).once()).rejects.toMatchObject({ code: 'client-closed' })
})
