import { expect, it } from 'vitest'
import { wireError } from '../../../src/protocol/errors.ts'
import type { ConnectionSnapshot } from '../../src/api/types.ts'
import { accepted, DeskClient, manifest, note, welcome } from '../support/desk.ts'
import { FakeEnvironment, settle } from '../support/fake-environment.ts'

const boom = () => {
  throw new Error('boom')
}

const states = ['connecting', 'catching-up', 'live', 'offline'] as const

it.each(states)('CLI-30 a connection listener that throws once at %s stops nothing', async (state) => {
  const thrown: unknown[] = []
  const desk = new DeskClient({ onError: (error) => thrown.push(error) })
  desk.watch()
  let armed = true
  desk.db.connection.subscribe((snapshot) => {
    if (snapshot.state !== state || !armed) return
    armed = false
    boom()
  })
  const others: string[] = []
  desk.db.connection.subscribe((snapshot) => others.push(snapshot.state))
  await desk.connect({ seq: 10, committed: 10 })
  await desk.snapshot(10, note('a'))
  await desk.cut()
  await desk.connect({ seq: 10, committed: 10 })
  desk.name()
  await desk.say(['rows', 10, 10, []])
  const { accepted: outcome } = desk.db.notes.update('a', (draft) => {
    draft.stars += 1
  })
  await settle()
  expect(desk.take()).toMatchObject([['push', 0, [{ n: 1 }]]])
  await desk.say(accepted(1, 11))
  expect(await outcome).toEqual({ ok: true, seq: 11 })
  expect(thrown.map(String)).toEqual(['Error: boom'])
  expect(others).toContain(state)
  expect(others.at(-1)).toBe('live')
})

it('CLI-30 whatever listener throws, at once or later, the others hear and the client goes on', async () => {
  const thrown: unknown[] = []
  const desk = new DeskClient({ onError: (error) => thrown.push(error) })
  const heard: string[] = []
  const both = (what: string, add: (listener: () => void) => void) => {
    add(boom)
    add(async () => boom())
    add(() => heard.push(what))
  }
  both('query', (listener) => desk.db.notes.all().subscribe(listener))
  both('tags', (listener) => desk.db.onInvalidate('t*', listener))
  both('error', (listener) => desk.db.onError(listener))
  desk.watch()
  await desk.connect({ seq: 10, committed: 10 })
  await desk.snapshot(10, note('a'))
  await desk.say(
    ['invalidate', { epoch: 'e1', seq: 11, tags: ['t1'] }],
    ['error', wireError('internal', 'x')],
  )
  expect(new Set(heard)).toEqual(new Set(['query', 'tags', 'error']))
  expect(thrown.length).toBe(heard.length * 2)
  expect(desk.titles).toEqual(['a'])
})

it('CLI-30 what onError itself throws, and all without one, is reported as nobody’s', async () => {
  for (const options of [{ onError: boom }, {}]) {
    const desk = new DeskClient(options, new FakeEnvironment())
    desk.db.connection.subscribe(boom)
    await desk.connect()
    expect(desk.environment.reported.length).toBeGreaterThan(0)
    expect(desk.db.connection.getSnapshot().state).toBe('live')
  }
})

it('CLI-31 a function that throws while it makes an edit is its caller’s to catch, and nothing is sent', async () => {
  const desk = await DeskClient.live(10, note('a'))
  expect(() => desk.db.notes.update('a', boom)).toThrow('boom')
  expect(() =>
    desk.db.transaction((tx) => {
      tx.notes.delete('a')
      boom()
    }),
  ).toThrow('boom')
  await settle()
  expect([desk.take(), desk.titles, desk.db.connection.getSnapshot().pending]).toEqual([[], ['a'], 0])
  expect(desk.db.notes.delete('a').n).toBe(1)
})

it('CLI-32 a listener that changes the connection leaves every other with the state there is', async () => {
  const desk = new DeskClient()
  const last: Partial<Record<'before' | 'after', ConnectionSnapshot>> = {}
  desk.db.connection.subscribe((snapshot) => {
    last.before = snapshot
  })
  desk.db.connection.subscribe(({ state }) => {
    if (state === 'catching-up') desk.db.close()
  })
  desk.db.connection.subscribe((snapshot) => {
    last.after = snapshot
  })
  desk.watch()
  await settle()
  desk.socket.open()
  desk.socket.say(welcome({ manifest }))
  await settle()
  expect([last.before?.state, last.after?.state]).toEqual(['closed', 'closed'])
  expect(desk.db.connection.getSnapshot()).toBe(last.after)
})
