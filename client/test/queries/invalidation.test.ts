import { expect, it } from 'vitest'
import { DeskClient, note } from '../support/desk.ts'
import { settle } from '../support/fake-environment.ts'

it('INV-1 listeners hear of the tags they watch; each pattern goes up once, and ends with its last listener', async () => {
  const desk = await DeskClient.live(10, note('a'))
  desk.take()
  const heard: string[][] = []
  const stops = [1, 2].map(() =>
    desk.db.onInvalidate('notes_*', ({ tags, seq }) => heard.push([...tags, String(seq)])),
  )
  desk.db.onInvalidate('totals', ({ tags }) => heard.push([...tags]))
  await settle()
  expect(desk.take()).toEqual([['watch', { patterns: ['notes_*', 'totals'] }]])
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
  await desk.say(['invalidate', { epoch: 'e1', seq: 12, tags: ['notes_a'] }])
  await desk.cut()
  expect((await desk.connect({ seq: 14 })).at(-1)).toEqual([
    'watch',
    { patterns: ['notes_*'], since: { epoch: 'e1', seq: 12 } },
  ])
  await desk.say(['invalidate', { epoch: 'e2', seq: 3, tags: ['*'] }])
  expect(heard).toEqual([['notes_a'], ['*']])
})
