import { expect, it } from 'vitest'
import { type Later, later } from '../../src/later.ts'
import { DeskClient, manifest, note, view, welcome } from '../support/desk.ts'
import { FakeEnvironment, settle } from '../support/fake-environment.ts'

/** A client whose later code comes when the test says so, or does not. */
function waiting() {
  const asked: PromiseWithResolvers<Later>[] = []
  const desk = new DeskClient({}, new FakeEnvironment(), () => {
    const answer = Promise.withResolvers<Later>()
    asked.push(answer)
    return answer.promise
  })
  desk.watch()
  return { desk, asked }
}

const retitle = (desk: DeskClient) =>
  desk.db.notes.update('a', (draft) => {
    draft.title = 'mine'
  })

it('SIZ-10 it is asked for at once and once, and what the server says meanwhile is taken in its order', async () => {
  const { desk, asked } = waiting()
  expect(asked).toHaveLength(1)
  await settle()
  desk.socket.open()
  desk.socket.say(welcome({ manifest }))
  await settle()
  expect(desk.take()).toEqual([])
  expect(desk.db.connection.getSnapshot().state).toBe('connecting')
  expect(await retitle(desk).accepted).toMatchObject({ ok: false, error: { code: 'not-ready' } })
  expect(desk.db.notes.insert({ id: 'b', title: 'b' }).id).toBe('b')
  asked[0]?.resolve(later)
  await settle()
  expect(desk.take().map(([kind]) => kind)).toEqual(['hello', 'subscribe'])
  await desk.snapshot(10, note('a'))
  expect(desk.titles).toEqual(['a'])
  retitle(desk)
  expect(desk.titles).toEqual(['mine'])
  await settle()
  expect(desk.take().map(([kind]) => kind)).toEqual(['push'])
  expect(asked).toHaveLength(1)
})

it('SIZ-10 frames that came before it are taken one after the other', async () => {
  const { desk, asked } = waiting()
  await settle()
  desk.socket.open()
  desk.socket.take()
  desk.socket.say(welcome({ manifest }))
  // The client has not subscribed yet, so its first number is foretold.
  desk.socket.say(view(1, 0))
  desk.socket.say(['health', { cause: 'parked', since: 1, waiting: 2 }])
  asked[0]?.resolve(later)
  await settle()
  expect(desk.db.connection.getSnapshot()).toMatchObject({ state: 'catching-up', delayed: { waiting: 2 } })
})

it('SIZ-10 where it cannot be loaded the page says so, connects anew and asks for it again', async () => {
  const { desk, asked } = waiting()
  await settle()
  desk.socket.open()
  desk.socket.say(welcome({ manifest }))
  asked[0]?.reject(new TypeError('Failed to fetch dynamically imported module'))
  await settle()
  const { state, cause } = desk.db.connection.getSnapshot()
  expect([state, cause?.code, cause?.message]).toEqual([
    'offline',
    'no-answer',
    'A part of the application could not be loaded: Failed to fetch dynamically imported module',
  ])
  await desk.untilOpening()
  desk.socket.open()
  desk.socket.take()
  expect(asked).toHaveLength(2)
  desk.socket.say(welcome({ manifest }))
  asked[1]?.resolve(later)
  await settle()
  expect(desk.take().map(([kind]) => kind)).toEqual(['hello', 'subscribe'])
  await desk.snapshot(10, note('a'))
  expect(desk.db.connection.getSnapshot()).toMatchObject({ state: 'live' })
})

it('SIZ-10 what a connection said that ended before it came is forgotten', async () => {
  const { desk, asked } = waiting()
  await settle()
  desk.socket.open()
  desk.socket.say(welcome({ manifest, owner: 'somebody else' }))
  await desk.cut()
  asked[0]?.resolve(later)
  await settle()
  expect(desk.db.connection.getSnapshot().state).toBe('connecting')
  await desk.connect({ manifest, owner: 'ann' })
  await desk.snapshot(10, note('a'))
  expect(desk.titles).toEqual(['a'])
})

it('SIZ-10 a client that is closed before it comes stays closed, and says so of its edits', async () => {
  const { desk, asked } = waiting()
  desk.db.close()
  expect(await retitle(desk).accepted).toMatchObject({ ok: false, error: { code: 'client-closed' } })
  asked[0]?.resolve(later)
  await settle()
  expect(desk.db.connection.getSnapshot().state).toBe('closed')
  expect(desk.environment.sockets).toEqual([])
})
