import { expect, it } from 'vitest'
import { accepted, type DeskClient, note } from '../support/desk.ts'
import { Browser, retitle, written } from '../support/visits.ts'

const stateOf = (desk: DeskClient) => desk.db.connection.getSnapshot().persistence

const pushed = (frames: readonly unknown[]) => JSON.stringify(frames)

/** A browser that was killed with two unsent edits. */
async function killed() {
  const browser = new Browser()
  const desk = await browser.live(10, note('a'))
  desk.socket.cut()
  await retitle(desk, 'one').saved
  await retitle(desk, 'two').saved
  await browser.kill(desk)
  return browser
}

it('PER-14 a store that came back empty is made up for by the file, and the page says that it was lost', async () => {
  const browser = await killed()
  browser.disk.contents.clear()
  const desk = await browser.open()
  desk.watch()
  await written()
  expect(stateOf(desk)).toBe('lost')
  expect(desk.db.connection.getSnapshot().pending).toBe(2)
  const { hello, frames } = await browser.connect(desk)
  expect(hello).toMatchObject({ client: 'client-of-visit-1', acknowledged: 0, unsettled: 1 })
  await written()
  const sent = pushed([...frames, ...desk.take()])
  expect([sent.includes('one'), sent.includes('two')]).toEqual([true, true])
  // It is in the store again, for the next visit.
  expect([...(browser.content()?.edits.keys() ?? [])]).toEqual([1, 2])
  const third = retitle(desk, 'three')
  expect(third.n).toBe(3)
})

it('PER-14 also where nobody knows any more who used the disk last', async () => {
  const browser = await killed()
  browser.disk.contents.clear()
  await browser.disk.remember(undefined)
  const desk = await browser.open()
  desk.watch()
  await browser.connect(desk)
  await desk.untilOpening()
  const { hello, frames } = await browser.connect(desk)
  expect(hello).toMatchObject({ client: 'client-of-visit-1', owner: 'ann' })
  expect(pushed(frames)).toContain('two')
  expect(stateOf(desk)).toBe('lost')
})

it('PER-13 an edit that only the file has is in the store again, and goes up after the others', async () => {
  const browser = await killed()
  const content = browser.content()
  content?.edits.delete(2)
  if (content?.client) content.client = { ...content.client, last: 1 }
  const desk = await browser.open()
  desk.watch()
  await written()
  expect([stateOf(desk), desk.titles]).toEqual(['kept', ['two']])
  expect([...(browser.content()?.edits.keys() ?? [])]).toEqual([1, 2])
  const { frames } = await browser.connect(desk)
  expect(frames).toContainEqual([
    'push',
    0,
    [expect.objectContaining({ n: 1 }), expect.objectContaining({ n: 2 })],
  ])
})

it('PER-13 what has ended is in neither place, and is not taken up again', async () => {
  const browser = new Browser()
  const desk = await browser.live(10, note('a'))
  await retitle(desk, 'one').saved
  await retitle(desk, 'two').saved
  await written()
  await desk.say(accepted(1, 11), ['rows', 10, 11, []], ['committed', 11])
  await written()
  expect(browser.copies.files.get('ann')?.map((line: string) => JSON.parse(line).over)).toEqual([
    undefined,
    undefined,
    [1],
  ])
  browser.disk.contents.clear()
  await browser.kill(desk)
  const next = await browser.open()
  const { frames } = await browser.connect(next)
  expect(frames).toMatchObject([['push', 1, [{ n: 2 }]]])
  await next.say(accepted(2, 12), ['committed', 12])
  await written()
  expect(browser.copies.files.get('ann')).toEqual([])
  await browser.kill(next)
  browser.disk.contents.clear()
  const last = await browser.open()
  await written()
  expect([stateOf(last), last.db.connection.getSnapshot().pending]).toEqual(['kept', 0])
})

it('PER-15 a line that was cut off or spoilt is passed over', async () => {
  const browser = await killed()
  browser.disk.contents.clear()
  browser.copies.files
    .get('ann')
    ?.push('{"client":"client-of-vis', '7', '{"client":1}', '{"client":"x","edit":{"n":"1"}}')
  const desk = await browser.open()
  await written()
  expect(desk.db.connection.getSnapshot()).toMatchObject({ pending: 2, persistence: 'lost' })
})

it.each([
  ['there is no file', (browser: Browser) => Object.assign(browser.copies, { isAbsent: true })],
  ['the file is full', (browser: Browser) => Object.assign(browser.copies, { isFull: true })],
])('PER-15 where %s, edits are in the store alone', async (_, spoil) => {
  const browser = new Browser()
  spoil(browser)
  const desk = await browser.live(10, note('a'))
  desk.socket.cut()
  expect(await retitle(desk, 'one').saved).toEqual({ ok: true })
  await browser.kill(desk)
  const next = await browser.open()
  next.watch()
  await written()
  expect([next.titles, stateOf(next)]).toEqual([['one'], 'kept'])
})

it('PER-30 what the file had no room for is in it again once it has, and makes up for the store', async () => {
  const browser = new Browser()
  const desk = await browser.live(10, note('a'))
  desk.socket.cut()
  await retitle(desk, 'one').saved
  browser.copies.isFull = true
  await retitle(desk, 'two').saved
  await retitle(desk, 'three').saved
  await browser.kill(desk)
  browser.copies.isFull = false
  const next = await browser.open()
  await browser.kill(next)
  browser.disk.contents.clear()
  const last = await browser.open()
  await written()
  expect(last.db.connection.getSnapshot()).toMatchObject({ pending: 3, persistence: 'lost' })
  const { frames } = await browser.connect(last)
  expect(frames).toMatchObject([['push', 0, [{ n: 1 }, { n: 2 }, { n: 3 }]]])
})

it('PER-13 signing out empties both places', async () => {
  const browser = new Browser()
  const desk = await browser.live(10, note('a'))
  await retitle(desk, 'one').saved
  const asked = await desk.db.signOut()
  if (!asked.done) await asked.discard()
  expect([browser.disk.contents.size, browser.copies.files.size]).toEqual([0, 0])
})
