import { expect, it } from 'vitest'
import { CLOSE, wireError } from '../../../src/protocol/errors.ts'
import { DiskFault } from '../../src/disk/disk.ts'
import { type DeskClient, note, welcome } from '../support/desk.ts'
import { Browser, retitle, written } from '../support/visits.ts'

/** The server finds that the token is somebody else's, and says whose. */
async function refuseAs(desk: DeskClient, owner: string): Promise<void> {
  desk.socket.say(['error', wireError('subject-changed', 'not yours', { ref: owner })])
  desk.socket.cut(CLOSE.forbidden)
  await written()
}

it('PER-6 another person on the same browser has a disk of their own, and sees and sends nothing of the first', async () => {
  const browser = new Browser()
  const first = await browser.live(10, note('a', 'of ann'))
  first.socket.cut()
  await retitle(first, 'unsent of ann').saved
  await browser.kill(first)

  const second = await browser.open()
  second.watch()
  await written()
  second.socket.open()
  await written()
  expect(second.take()).toMatchObject([['hello', { client: 'client-of-visit-1', owner: 'ann' }]])
  second.socket.say(['error', { code: 'subject-changed', message: 'not hers', retryable: false, ref: 'ben' }])
  second.socket.cut(4403)
  await written()
  expect(second.titles).toEqual([])
  await second.untilOpening()
  const { hello, frames } = await browser.connect(second, { owner: 'ben' })
  expect(hello).toMatchObject({ owner: 'ben', acknowledged: 0 })
  expect(hello?.client).not.toBe('client-of-visit-1')
  expect(frames.map(([kind]) => kind)).toEqual(['subscribe'])
  await second.snapshot(10, note('b', 'of ben'))
  await retitle(second, 'written by ben', 'b').saved
  expect(JSON.stringify([...(browser.content('ben')?.edits.values() ?? [])])).not.toContain('ann')
  expect([...(browser.content('ann')?.edits.keys() ?? [])]).toEqual([1])
  await browser.kill(second)

  // The next visit begins as the last person's; when the first is back, hers goes up.
  const third = await browser.open()
  third.watch()
  await written()
  expect(third.titles).toEqual(['written by ben'])
  third.socket.open()
  await written()
  third.socket.say(['error', { code: 'subject-changed', message: 'not his', retryable: false, ref: 'ann' }])
  third.socket.cut(4403)
  await third.untilOpening()
  const back = await browser.connect(third, { owner: 'ann' })
  expect(back.hello).toMatchObject({ client: 'client-of-visit-1', owner: 'ann', unsettled: 1 })
  expect(JSON.stringify(back.frames)).toContain('unsent of ann')
  expect(JSON.stringify(back.frames)).not.toContain('ben')
})

it('PER-27 a page that says whose it is is shown nothing of whoever used the disk last', async () => {
  const browser = new Browser()
  const first = await browser.live(10, note('a', 'of ann'))
  first.socket.cut()
  await retitle(first, 'unsent of ann').saved
  await browser.kill(first)

  browser.subject = 'ben'
  const second = await browser.open()
  second.watch()
  await written()
  expect(second.titles).toEqual([])
  const { hello, frames } = await browser.connect(second, { owner: 'ben' })
  expect(hello?.client).not.toBe('client-of-visit-1')
  expect(frames.map(([kind]) => kind)).toEqual(['subscribe'])
  await second.snapshot(10, note('b', 'of ben'))
  await written()
  await browser.kill(second)

  browser.subject = 'ann'
  const third = await browser.open()
  third.watch()
  await written()
  expect(third.titles).toEqual(['unsent of ann'])
  expect((await browser.connect(third)).hello).toMatchObject({ client: 'client-of-visit-1', owner: 'ann' })
})

it('PER-6 an edit that is being stored when another person comes to use the page is saved, and keeps its number', async () => {
  const browser = new Browser()
  const { promise: isWritten, resolve: write } = Promise.withResolvers<void>()
  const open = browser.disk.open.bind(browser.disk)
  browser.disk.open = async (...given) => {
    const store = await open(...given)
    return {
      load: () => store.load(),
      loadEdits: () => store.loadEdits(),
      close: () => store.close(),
      write: async (batch) => {
        await store.write(batch)
        if (batch.edits?.add.length) await isWritten
      },
    }
  }
  const desk = await browser.live(10, note('a'))
  const edit = retitle(desk, 'of ann')
  await written()
  await refuseAs(desk, 'ben')
  write()
  expect(await edit.saved).toEqual({ ok: true })
  expect([...(browser.content()?.edits.keys() ?? [])]).toEqual([1])

  // The disk cannot be used when she is back, and has her edit all the same.
  browser.disk.open = () => Promise.reject(new DiskFault('unavailable', 'It cannot be opened.'))
  await desk.untilOpening()
  desk.socket.open()
  await refuseAs(desk, 'ann')
  await desk.untilOpening()
  const { hello, frames } = await browser.connect(desk)
  expect(hello?.client).toBe('client-of-visit-1')
  expect(frames).toContainEqual(['push', 0, [expect.objectContaining({ n: 1 })]])
})

it('PER-7 a page that finds out only from the server whose it is goes on as that person’s client', async () => {
  const browser = new Browser()
  const first = await browser.live(10, note('a'))
  first.socket.cut()
  await retitle(first, 'unsent').saved
  await browser.kill(first)
  await browser.disk.remember(undefined)

  const second = await browser.open()
  second.watch()
  await written()
  expect(second.titles).toEqual([])
  second.socket.open()
  second.take()
  second.socket.say(welcome())
  // Before it is known what the disk has, an edit waits.
  const edit = second.db.notes.insert({ id: 'z', title: 'meanwhile' })
  await written()
  await second.untilOpening()
  const { hello, frames } = await browser.connect(second)
  expect(hello).toMatchObject({ client: 'client-of-visit-1', owner: 'ann' })
  expect(frames).toContainEqual([
    'push',
    0,
    [expect.objectContaining({ n: 1 }), expect.objectContaining({ n: 2 })],
  ])
  expect(edit.n).toBe(2)
  expect(await edit.saved).toEqual({ ok: true })
})
