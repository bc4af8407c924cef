import { expect, it } from 'vitest'
import type { EditHandle, EditResult } from '../../src/api/edit-handle.ts'
import { createMarks } from '../../src/marks.ts'
import { accepted, DeskClient, note } from '../support/desk.ts'
import { settle } from '../support/fake-environment.ts'

/** An edit whose two lines are reached by hand. */
function edit() {
  const [first, second] = [Promise.withResolvers<EditResult>(), Promise.withResolvers<EditResult>()]
  const handle: EditHandle = {
    n: 1,
    saved: Promise.resolve({ ok: true }),
    accepted: first.promise,
    committed: second.promise,
    undo: () => handle,
  }
  return { handle, accept: first.resolve, commit: second.resolve }
}

const done = { ok: true, seq: 1 } as const
const failed = { ok: false, error: { code: 'write-refused', message: 'No.', retryable: false } } as const

it('RCT-8 of several edits the least advanced shows, of a field those of the field alone', async () => {
  const marks = createMarks()
  const [name, city] = [edit(), edit()]
  expect(marks.follow(name.handle, 'r', 'name')).toBe(name.handle)
  marks.follow(city.handle, 'r', 'city')
  const shown = () => [marks.get('r'), ...['name', 'city', 'email'].map((field) => marks.get('r', field))]
  expect([shown(), marks.get('other')]).toEqual([['saving', 'saving', 'saving', ''], ''])
  city.accept(done)
  await settle()
  expect(shown()).toEqual(['saving', 'saving', 'saved', ''])
  name.accept(done)
  city.commit(done)
  await settle()
  expect(shown()).toEqual(['saved', 'saved', 'stored', ''])
  name.commit(failed)
  await settle()
  expect(shown()).toEqual(['', '', 'stored', ''])
})

it('RCT-8 whoever listens hears of each step, and no more once they stop', async () => {
  const marks = createMarks()
  const seen: string[] = []
  const listen = () => seen.push(marks.get('r'))
  const stops = [marks.subscribe(listen), marks.subscribe(listen)]
  const one = edit()
  marks.follow(one.handle, 'r')
  stops[0]?.()
  one.accept(failed)
  await settle()
  stops[1]?.()
  marks.follow(edit().handle, 'r')
  expect(seen).toEqual(['saving', 'saving', ''])
})

it('RCT-8 the connection says how many edits are nowhere but in the page', async () => {
  const { db, ...desk } = await DeskClient.live(10, note('a'))
  const unsent = () => db.connection.getSnapshot().unsent
  const told: unknown[] = []
  db.connection.subscribe((snapshot) => told.push(snapshot.unsent))
  db.notes.update('a', (it) => {
    it.title = 'b'
  })
  expect(unsent()).toBe(1)
  await settle()
  desk.environment.socket.say(accepted(1, 11))
  await settle()
  expect([unsent(), db.connection.getSnapshot().pending, told]).toEqual([undefined, 1, [1, undefined]])
})
