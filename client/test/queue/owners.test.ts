import { expect, it } from 'vitest'
import { CLOSE, wireError } from '../../../src/protocol/errors.ts'
import { accepted, DeskClient, note } from '../support/desk.ts'
import { settle } from '../support/fake-environment.ts'

/** The server finds that the token is somebody else's, and says whose. */
async function refuseAs(desk: DeskClient, owner: string): Promise<void> {
  desk.socket.say(['error', wireError('subject-changed', 'not yours', { ref: owner })])
  desk.socket.cut(CLOSE.forbidden)
  await settle()
}

const helloOf = (desk: DeskClient) =>
  desk.take().flatMap((frame) => (frame[0] === 'hello' ? [frame[1]] : []))[0]

it('CLI-35 an edit made offline waits for its maker while the page is another person’s, and goes up as theirs', async () => {
  const desk = await DeskClient.live(10, note('a'))
  desk.socket.cut()
  const edit = desk.db.notes.update('a', (draft) => {
    draft.title = 'of ann'
  })
  await desk.untilOpening()
  await settle()
  desk.socket.open()
  expect(helloOf(desk)).toMatchObject({ client: 'client-a1', owner: 'ann' })
  await refuseAs(desk, 'ben')
  // Nothing of the first person is shown, and nothing can be edited before the server knows the other.
  expect([desk.titles, desk.db.notes.get('a')]).toEqual([[], undefined])
  expect(desk.db.connection.getSnapshot()).toMatchObject({ state: 'offline', pending: 0, held: 1 })
  expect(await desk.db.notes.delete('a').accepted).toMatchObject({ error: { code: 'not-ready' } })

  await desk.untilOpening()
  await settle()
  desk.socket.open()
  const hello = helloOf(desk)
  expect(hello).toMatchObject({ owner: 'ben', acknowledged: 0, unsettled: 1 })
  expect(hello?.client).not.toBe('client-a1')
  await desk.connect({ owner: 'ben', seq: 12 })
  await desk.snapshot(12, note('a', 'as ben sees it'))
  expect(desk.titles).toEqual(['as ben sees it'])
  const his = desk.db.notes.update('a', (draft) => {
    draft.title = 'of ben'
  })
  await settle()
  expect(desk.take()).toMatchObject([
    ['push', 0, [{ n: 1, ops: [{ fields: { title: { set: 'of ben' } } }] }]],
  ])
  await desk.say(accepted(1, 13))
  expect(await his.accepted).toEqual({ ok: true, seq: 13 })

  // The first is back; in between another log may have begun.
  await desk.cut()
  await settle()
  desk.socket.open()
  await refuseAs(desk, 'ann')
  await desk.untilOpening()
  await settle()
  desk.socket.open()
  expect(helloOf(desk)).toMatchObject({ client: 'client-a1', owner: 'ann', unsettled: 1, epoch: 'e1' })
  const frames = await desk.connect({ owner: 'ann', seq: 13 })
  expect(frames).toContainEqual(expect.arrayContaining(['push', 0]))
  expect(JSON.stringify(frames)).toContain('of ann')
  expect(JSON.stringify(frames)).not.toContain('of ben')
  await desk.say(accepted(1, 14))
  expect(await edit.accepted).toEqual({ ok: true, seq: 14 })
  expect(desk.db.connection.getSnapshot().held).toBeUndefined()
})

it('CLI-35 a token of another person that renews a live connection makes the page theirs', async () => {
  const desk = await DeskClient.live(10, note('a'))
  await refuseAs(desk, 'ben')
  expect(desk.db.connection.getSnapshot()).toMatchObject({ state: 'offline' })
  await desk.untilOpening()
  await settle()
  desk.socket.open()
  expect(helloOf(desk)).toMatchObject({ owner: 'ben' })
})

it('CLI-35 closing ends the edits of everybody', async () => {
  const desk = await DeskClient.live(10, note('a'))
  const edit = desk.db.notes.delete('a')
  await refuseAs(desk, 'ben')
  desk.db.close()
  expect(await edit.committed).toMatchObject({ ok: false, error: { code: 'client-closed' } })
})

it('CLI-36 a client id that is somebody else’s is given up for another, and no edit is lost', async () => {
  const desk = await DeskClient.live(10, note('a'))
  await desk.cut()
  const edit = desk.db.notes.delete('a')
  await settle()
  desk.socket.open()
  desk.take()
  desk.socket.say(['error', wireError('client-taken', 'somebody else’s')])
  desk.socket.cut(CLOSE.forbidden)
  expect(desk.db.connection.getSnapshot()).toMatchObject({
    state: 'offline',
    cause: { code: 'client-taken' },
  })
  await desk.untilOpening()
  await settle()
  desk.socket.open()
  const hello = helloOf(desk)
  expect(hello?.client).not.toBe('client-a1')
  expect(hello).toMatchObject({ owner: 'ann', acknowledged: 0, unsettled: 1 })
  const frames = await desk.connect({ seq: 10 })
  expect(frames).toContainEqual(expect.arrayContaining(['push', 0]))
  await desk.say(accepted(1, 11))
  expect(await edit.accepted).toEqual({ ok: true, seq: 11 })
})
