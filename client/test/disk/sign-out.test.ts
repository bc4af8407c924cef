import { expect, it } from 'vitest'
import type { SignOut } from '../../src/api/persistence.ts'
import { DiskFault } from '../../src/disk/disk.ts'
import { OPEN_DEADLINE_MS } from '../../src/disk/open-store.ts'
import { accepted, note } from '../support/desk.ts'
import { Browser, written } from '../support/visits.ts'

/** A page with an edit that no server has answered, whose person signs out. */
async function signingOut() {
  const browser = new Browser()
  const desk = await browser.live(10, note('a', 'secret'))
  const edit = desk.db.notes.update('a', (draft) => {
    draft.title = 'unsent'
  })
  await edit.saved
  await written()
  const asked = await desk.db.signOut()
  return { browser, desk, edit, asked: questionOf(asked) }
}

function questionOf(answer: SignOut) {
  if (answer.done) throw new Error('nothing was asked')
  return answer
}

it('OFF-20 signing out with nothing unsent takes everything of the person off the device', async () => {
  const browser = new Browser()
  const desk = await browser.live(10, note('a', 'secret'))
  expect(await desk.db.signOut()).toEqual({ done: true })
  expect(browser.disk.contents.size).toBe(0)
  expect(desk.db.connection.getSnapshot().state).toBe('closed')
  const next = await browser.open()
  next.watch()
  await written()
  expect(next.titles).toEqual([])
})

it('OFF-20 with unsent edits it asks, and deletes nothing without an answer', async () => {
  const { browser, desk, asked } = await signingOut()
  expect(asked.unsent).toBe(1)
  expect([browser.content()?.edits.size, browser.content()?.rows.size]).toEqual([1, 1])
  expect(desk.db.connection.getSnapshot().state).toBe('live')
})

it('OFF-21 kept edits stay without rows, and go up when the same person is back', async () => {
  const { browser, asked } = await signingOut()
  expect(await asked.keep()).toEqual({ done: true })
  expect([browser.content()?.edits.size, browser.content()?.rows.size]).toEqual([1, 0])
  const next = await browser.open()
  next.watch()
  await written()
  expect(next.titles).toEqual([])
  next.socket.open()
  expect(next.take()).toMatchObject([['hello', { client: 'client-of-visit-2' }]])
  next.socket.cut()
  await next.untilOpening()
  await browser.connect(next)
  await next.untilOpening()
  const { hello, frames } = await browser.connect(next)
  expect(hello?.client).toBe('client-of-visit-1')
  expect(JSON.stringify(frames)).toContain('unsent')
})

it('OFF-22 sent edits are waited for, then everything goes', async () => {
  const { browser, desk, asked } = await signingOut()
  let isDone = false
  const done = asked.send().then((answer) => {
    isDone = true
    return answer
  })
  await written()
  expect(isDone).toBe(false)
  await desk.say(accepted(1, 11))
  expect(await done).toEqual({ done: true })
  expect(browser.disk.contents.size).toBe(0)
})

it('OFF-22 who will not wait any more can keep them: nothing of them is deleted then', async () => {
  const { browser, asked } = await signingOut()
  void asked.send()
  expect(await asked.keep()).toEqual({ done: true })
  await written()
  expect([browser.content()?.edits.size, browser.content()?.rows.size]).toEqual([1, 0])
})

it('OFF-22 a client that ends while it is waited for deletes nothing', async () => {
  const { browser, desk, asked } = await signingOut()
  void asked.send()
  desk.db.close()
  await written()
  expect(browser.content()?.edits.size).toBe(1)
})

it('OFF-23 discarded edits are gone, and say so', async () => {
  const { browser, edit, asked } = await signingOut()
  expect(await asked.discard()).toEqual({ done: true })
  expect(browser.disk.contents.size).toBe(0)
  expect(await edit.accepted).toMatchObject({ ok: false, error: { code: 'client-closed' } })
})

it('OFF-24 it asks about edits of earlier visits as well, which a page has not read', async () => {
  const { browser, desk } = await signingOut()
  await browser.kill(desk)
  browser.disk.hangs = true
  const next = await browser.open()
  await next.environment.pass(OPEN_DEADLINE_MS)
  expect(next.db.connection.getSnapshot()).toMatchObject({ persistence: 'unavailable', pending: 0 })
  browser.disk.hangs = false
  const asked = questionOf(await next.db.signOut())
  expect([asked.unsent, browser.content()?.edits.size]).toEqual([1, 1])
  // It cannot send them either, so it asks again.
  expect(await asked.send()).toMatchObject({ done: false, unsent: 1 })
  expect(browser.content()?.edits.size).toBe(1)
  expect(await asked.discard()).toEqual({ done: true })
  expect(browser.disk.contents.size).toBe(0)
})

it('OFF-25 it asks about edits that the store has lost and the file has', async () => {
  const { browser, desk } = await signingOut()
  await browser.kill(desk)
  browser.disk.contents.clear()
  browser.disk.hangs = true
  const next = await browser.open()
  await next.environment.pass(OPEN_DEADLINE_MS)
  browser.disk.hangs = false
  const asked = questionOf(await next.db.signOut())
  expect(asked.unsent).toBe(1)
  expect(await asked.discard()).toEqual({ done: true })
  expect([browser.disk.contents.size, browser.copies.files.size]).toEqual([0, 0])
})

it('OFF-24 where the disk does not say what it has, it asks', async () => {
  const { browser, desk } = await signingOut()
  await browser.kill(desk)
  browser.disk.open = () => Promise.reject(new DiskFault('unavailable', 'It cannot be opened.'))
  const next = await browser.open()
  expect(await next.db.signOut()).toMatchObject({ done: false, unsent: 0 })
  expect(browser.content()?.edits.size).toBe(1)
})

it('OFF-24 while another page still has the disk, which may be closing and writing, nothing is deleted', async () => {
  const browser = new Browser()
  await browser.kill(await browser.live(10, note('a', 'secret')))
  const { promise: closed, resolve: close } = Promise.withResolvers<void>()
  const take = browser.disk.take.bind(browser.disk)
  browser.disk.take = async (...given) => {
    await closed
    return take(...given)
  }
  const next = await browser.open()
  const left = next.db.signOut()
  await written()
  expect(browser.disk.contents.size).toBe(1)
  close()
  expect(await left).toEqual({ done: true })
  expect(browser.disk.contents.size).toBe(0)
})

it('OFF-21 edits that are being written while their person signs out are kept', async () => {
  const { browser, desk, asked } = await signingOut()
  const kept = asked.keep()
  desk.db.notes.insert({ id: 'b', title: 'too late' })
  expect(await kept).toEqual({ done: true })
  await written()
  expect([...(browser.content()?.edits.keys() ?? [])]).toEqual([1])
})

it('OFF-21 where a page has no disk, it cannot keep and asks again', async () => {
  const browser = new Browser()
  await browser.live(10, note('a'))
  const second = await browser.open()
  second.watch()
  await browser.connect(second)
  await second.snapshot(10, note('a'))
  second.db.notes.delete('a')
  await written()
  const asked = questionOf(await second.db.signOut())
  expect(await asked.keep()).toMatchObject({ done: false, unsent: 1 })
  expect(second.db.connection.getSnapshot().state).toBe('live')
})

it('OFF-20 a page that has no disk leaves that of the page that has it alone', async () => {
  const browser = new Browser()
  const first = await browser.live(10, note('a'))
  const second = await browser.open()
  second.watch()
  await browser.connect(second)
  await second.snapshot(10, note('a'))
  expect(await second.db.signOut()).toEqual({ done: true })
  await written()
  expect(browser.content()?.rows.size).toBe(1)
  await first.db.notes.delete('a').saved
  expect(first.db.connection.getSnapshot().persistence).toBe('kept')
})
