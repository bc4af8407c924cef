import { expect, it } from 'vitest'
import { DiskFault } from '../../src/disk/disk.ts'
import { OPEN_DEADLINE_MS } from '../../src/disk/open-store.ts'
import { accepted, type DeskClient, note } from '../support/desk.ts'
import { Browser, retitle, written } from '../support/visits.ts'

const stateOf = (desk: DeskClient) => desk.db.connection.getSnapshot().persistence

it('PER-20 a disk that was emptied under the page is written anew, and the page says that it was lost', async () => {
  const browser = new Browser()
  const desk = await browser.live(10, note('a'), note('b'))
  desk.socket.cut()
  await retitle(desk, 'before').saved
  browser.disk.contents.clear()
  const edit = retitle(desk, 'after', 'b')
  expect(await edit.saved).toEqual({ ok: true })
  await written()
  expect(stateOf(desk)).toBe('lost')
  expect([...(browser.content()?.edits.keys() ?? [])]).toEqual([1, 2])
  await browser.kill(desk)
  const next = await browser.open()
  next.watch()
  await written()
  expect(next.titles).toEqual(['before', 'after'])
  expect(stateOf(next)).toBe('kept')
})

it('PER-21 where there is no room, rows go and edits stay', async () => {
  const browser = new Browser()
  const desk = await browser.live(10, note('a'))
  desk.socket.cut()
  await retitle(desk, 'before').saved
  browser.disk.fault = ({ rows = [], edits }) =>
    rows.length > 0 || (edits?.add.length && browser.content()?.rows.size)
      ? new DiskFault('quota', 'no room')
      : undefined
  expect(await retitle(desk, 'after').saved).toEqual({ ok: true })
  await written()
  expect(stateOf(desk)).toBe('edits-only')
  expect(browser.content()?.rows.size).toBe(0)
  await browser.kill(desk)
  browser.disk.fault = () => undefined
  const next = await browser.open()
  next.watch()
  const { frames } = await browser.connect(next)
  expect(frames).toContainEqual(['push', 0, [expect.anything(), expect.anything()]])
})

it('PER-21 where there is no room for an edit, it says so, and goes up all the same', async () => {
  const browser = new Browser()
  const desk = await browser.live(10, note('a'))
  desk.take()
  browser.disk.fault = () => new DiskFault('quota', 'no room')
  const edit = retitle(desk, 'mine')
  expect(await edit.saved).toMatchObject({ ok: false, error: { code: 'not-saved' } })
  await written()
  expect(stateOf(desk)).toBe('unavailable')
  await desk.untilOpening()
  const { frames } = await browser.connect(desk)
  expect(frames).toContainEqual(['push', 0, [expect.objectContaining({ n: 1 })]])
  await desk.say(accepted(1, 11))
  expect(await edit.accepted).toEqual({ ok: true, seq: 11 })
})

it('PER-29 what a disk that has failed does not have goes up under another client id, after what it has', async () => {
  const browser = new Browser()
  const desk = await browser.live(10, note('a'))
  await retitle(desk, 'saved').saved
  await written()
  desk.take()
  browser.disk.fault = () => new DiskFault('quota', 'no room')
  const edit = retitle(desk, 'not saved')
  expect(await edit.saved).toMatchObject({ ok: false })
  await written()
  // What is on the disk has not ended: the next page would go on from it.
  expect([desk.socket.takeEdits(), edit.n]).toEqual([[], 2])
  await desk.say(accepted(1, 11), ['rows', 10, 11, []], ['committed', 11])
  await desk.untilOpening()
  const { hello, frames } = await browser.connect(desk, { seq: 11, committed: 11 })
  expect(hello?.client).not.toBe('client-of-visit-1')
  expect(frames).toContainEqual(['push', 0, [expect.objectContaining({ n: 1 })]])
  await browser.kill(desk)
  browser.disk.fault = () => undefined

  const next = await browser.open()
  next.watch()
  await written()
  const later = retitle(next, 'of the next page')
  expect(await later.saved).toEqual({ ok: true })
  const { hello: again } = await browser.connect(next, { seq: 12, known: 1, committed: 12 })
  expect([again?.client, later.n]).toEqual(['client-of-visit-1', 2])
})

it('PER-22 a disk that does not answer is given up by a deadline, and the page goes on', async () => {
  const browser = new Browser()
  await browser.disk.remember('ann')
  browser.disk.hangs = true
  const desk = await browser.open()
  desk.watch()
  desk.socket.open()
  await written()
  expect([stateOf(desk), desk.take()]).toEqual(['opening', []])
  await desk.environment.pass(OPEN_DEADLINE_MS)
  expect(stateOf(desk)).toBe('unavailable')
  expect(desk.take()).toMatchObject([['hello', { client: 'client-of-visit-1', owner: 'ann' }]])
})

it('PER-23 a newer page that needs another form of the store gets it, and the older one says that it is out of date', async () => {
  const browser = new Browser()
  const desk = await browser.live(10, note('a'))
  for (const hear of browser.disk.heard) hear('superseded')
  await written()
  const { state, cause, persistence } = desk.db.connection.getSnapshot()
  expect([state, cause?.code, persistence]).toEqual(['update-required', 'version-unsupported', 'unavailable'])
})

it('PER-24 an edit that was stored and sent before a kill is sent again as it was, and counts once', async () => {
  const browser = new Browser()
  const first = await browser.live(10, note('a'))
  await retitle(first, 'once').saved
  await written()
  const [sent] = first.socket.takeEdits()
  await browser.kill(first)
  const second = await browser.open()
  second.watch()
  const { frames } = await browser.connect(second, { seq: 11, known: 1 })
  expect(frames).toContainEqual(['push', 0, [sent]])
  second.name()
  await second.say(['rows', 10, 11, []], accepted(1, 11))
  await written()
  await second.say(['committed', 11])
  await written()
  expect(browser.content()?.edits.size).toBe(0)
})

it('PER-25 an edit that ends while another is made is deleted by its n, and the other stays', async () => {
  const browser = new Browser()
  const desk = await browser.live(10, note('a'), note('b'))
  await retitle(desk, 'one').saved
  await written()
  desk.socket.say(accepted(1, 11), ['rows', 10, 11, []], ['committed', 11])
  const edit = retitle(desk, 'two', 'b')
  expect(await edit.saved).toEqual({ ok: true })
  await written()
  expect([...(browser.content()?.edits.keys() ?? [])]).toEqual([2])
  expect(browser.content()?.client).toMatchObject({ last: 2, acknowledged: 1 })
})

it('OFF-1 more edits than may wait are refused before anything is shown, and taken again once some are gone', async () => {
  const browser = new Browser({ maxEdits: 2 })
  const desk = await browser.live(10, note('a'))
  desk.socket.cut()
  await retitle(desk, 'one').saved
  await retitle(desk, 'two').saved
  const full = retitle(desk, 'three')
  const refusal = { ok: false, error: { code: 'queue-full', retryable: true } }
  expect([await full.saved, await full.accepted]).toMatchObject([refusal, refusal])
  expect(desk.titles).toEqual(['two'])
  await desk.untilOpening()
  await browser.connect(desk)
  desk.name()
  await desk.say(['rows', 10, 10, []], accepted(1, 11), ['rows', 10, 11, []], ['committed', 11])
  await written()
  expect(await retitle(desk, 'four').saved).toEqual({ ok: true })
})

it('OFF-1 so are more bytes', async () => {
  const browser = new Browser({ maxBytes: 2_000 })
  const desk = await browser.live(10, note('a'))
  desk.socket.cut()
  expect(await retitle(desk, 'x'.repeat(1_200)).saved).toEqual({ ok: true })
  expect(await retitle(desk, 'y'.repeat(1_200)).saved).toMatchObject({ error: { code: 'queue-full' } })
  expect(await retitle(desk, 'z').saved).toEqual({ ok: true })
})
