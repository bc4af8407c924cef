import { expect, it } from 'vitest'
import { accepted, DeskClient, note } from '../support/desk.ts'
import { settle } from '../support/fake-environment.ts'

async function desk() {
  const live = await DeskClient.live(10, note('a', 'a', 5))
  live.take()
  return live
}

it('NTF-24 an upsert of a record that is not there shows it at once, and is sent as such', async () => {
  const { db, socket } = await desk()
  db.notes.upsert({ id: 'b', title: 'new' })
  expect(db.notes.get('b')).toMatchObject({ title: 'new', stars: 0, state: 'open' })
  await settle()
  expect(socket.takeEdits()[0]?.ops).toEqual([
    { op: 'insert', upsert: true, collection: 'notes', id: 'b', values: { title: 'new' }, blind: true },
  ])
})

it('NTF-24 an upsert of a record that is there shows what an update would', async () => {
  const { db, socket } = await desk()
  db.notes.upsert({ id: 'a', title: 'new', state: 'shut' })
  expect(db.notes.get('a')).toMatchObject({ title: 'new', stars: 5, state: 'shut' })
  await settle()
  expect(socket.takeEdits()[0]?.ops).toMatchObject([{ upsert: true, id: 'a', values: { title: 'new' } }])
})

it('NTF-24 an upsert stays shown over a record that somebody else makes meanwhile', async () => {
  const live = await desk()
  live.db.notes.upsert({ id: 'b', title: 'mine' })
  await live.say(['rows', 10, 11, [[0, [note('b', 'theirs', 3)], [], []]]])
  expect(live.db.notes.get('b')).toMatchObject({ title: 'mine', stars: 3 })
  await live.say(accepted(1, 12), ['rows', 11, 12, [[0, [], [['b', 1, 'mine']], []]]])
  expect(live.db.notes.get('b')).toMatchObject({ title: 'mine', stars: 3 })
})

it.each([
  ['without an id', { title: 'x' }, 'bad-id'],
  ['of a counter that is there', { id: 'a', title: 'a', stars: 9 }, 'bad-value'],
  ['of what is no column', { id: 'a', title: 'a', colour: 'red' }, 'unknown-column'],
  ['without what an insert needs', { id: 'b' }, 'missing-value'],
  ['that the policy forbids', { id: 'a', title: 'a', state: 'gone' }, 'illegal-transition'],
])('NTF-24 an upsert %s is refused at once', async (_, values, code) => {
  const { db } = await desk()
  const { accepted: outcome } = db.notes.upsert(values as { id: string; title: string })
  expect(await outcome).toMatchObject({ ok: false, error: { code } })
})

it('NTF-24 an upsert that says what is there sends nothing', async () => {
  const { db, socket } = await desk()
  expect(await db.notes.upsert({ id: 'a', title: 'a' }).accepted).toMatchObject({ ok: true })
  expect(socket.takeEdits()).toEqual([])
})

it('NTF-24 an upsert in a transaction sees itself', async () => {
  const { db, socket } = await desk()
  db.transaction((tx) => {
    tx.notes.upsert({ id: 'b', title: 'x' })
    tx.notes.update('b', (draft) => {
      draft.stars += 1
    })
  })
  expect(db.notes.get('b')).toMatchObject({ title: 'x', stars: 1 })
  await settle()
  expect(socket.takeEdits()[0]?.ops).toHaveLength(2)
})
