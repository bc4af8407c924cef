import { expect, it } from 'vitest'
import { accepted, DeskClient, note } from '../support/desk.ts'
import { settle } from '../support/fake-environment.ts'

async function desk() {
  const live = await DeskClient.live(10, note('a', 'first', 5))
  live.take()
  return live
}

/** The operations of the edits that went up. */
async function sent({ socket }: DeskClient) {
  await settle()
  return socket.takeEdits().map(({ ops }) => ops)
}

it('CLI-40 undoing an edit shows what was there at once, before anything is accepted, and goes up as an edit of its own', async () => {
  const live = await desk()
  const edit = live.db.notes.update('a', (it) => {
    it.title = 'second'
  })
  const undone = edit.undo()
  expect(edit.undo()).toBe(undone)
  expect(live.titles).toEqual(['first'])
  expect(await sent(live)).toMatchObject([
    [{ op: 'update', id: 'a', fields: { title: { set: 'second' } } }],
    [{ op: 'update', id: 'a', fields: { title: { set: 'first' } } }],
  ])
})

it('CLI-40 what was inserted is deleted, and what was deleted is restored', async () => {
  const live = await desk()
  live.db.notes.insert({ id: 'b', title: 'new' }).undo()
  expect(live.db.notes.get('b')).toBeUndefined()
  live.db.notes.delete('a').undo()
  expect(await sent(live)).toMatchObject([
    [{ op: 'insert', id: 'b' }],
    [{ op: 'delete', id: 'b' }],
    [{ op: 'delete', id: 'a' }],
    [{ op: 'restore', id: 'a' }],
  ])
})

it('CLI-40 a difference is taken off once the edit was accepted, and not when it was refused', async () => {
  const live = await desk()
  const plus = (by: number) =>
    live.db.notes.update('a', (it) => {
      it.stars += by
    })
  const undone = plus(2).undo()
  const refusedUndo = plus(3).undo()
  expect(await sent(live)).toMatchObject([
    [{ fields: { stars: { add: 2 } } }],
    [{ fields: { stars: { add: 3 } } }],
  ])
  await live.say(accepted(1, 11), [
    'receipt',
    [{ is: 'rejected', n: 2, error: { code: 'write-refused', message: 'No.', retryable: false } }],
  ])
  expect(await sent(live)).toMatchObject([[{ fields: { stars: { add: -2 } } }]])
  expect(undone.n).toBe(3)
  expect(await refusedUndo.accepted).toMatchObject({ ok: false, error: { code: 'bad-operation' } })
})

it('CLI-40 a transaction is undone as a whole, and what cannot be undone says why and changes nothing', async () => {
  const live = await desk()
  const edit = live.db.transaction((tx) => {
    tx.notes.update('a', (it) => {
      it.title = 'second'
    })
    tx.notes.insert({ id: 'b', title: 'new' })
  })
  edit.undo()
  expect([live.titles, await sent(live)]).toMatchObject([
    ['first'],
    [{}, [{ op: 'delete', id: 'b' }, { id: 'a' }]],
  ])
  const moved = live.db.notes.update('a', (it) => {
    it.state = 'shut'
  })
  const before = live.titles
  expect(await moved.undo().accepted).toMatchObject({ ok: false, error: { code: 'illegal-transition' } })
  expect(live.titles).toEqual(before)
  const invalid = live.db.notes.delete('nobody')
  expect(await invalid.undo().accepted).toMatchObject({ ok: false, error: { code: 'bad-operation' } })
  const blind = live.db.lines.update('unheld', (it) => void Object.assign(it, { text: 'x' }))
  expect(await blind.undo().accepted).toMatchObject({ ok: false, error: { code: 'bad-operation' } })
})
