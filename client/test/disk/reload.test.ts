import { expect, it } from 'vitest'
import { accepted, DeskClient, note, RESUME_TOKEN } from '../support/desk.ts'
import { settle } from '../support/fake-environment.ts'
import { Browser, retitle, written } from '../support/visits.ts'

it('PER-1 an edit is saved before it goes up, and says so', async () => {
  const browser = new Browser()
  const desk = await browser.live(10, note('a'))
  desk.take()
  browser.disk.hangs = true
  const edit = retitle(desk, 'mine')
  expect(desk.titles).toEqual(['mine'])
  await written()
  expect(desk.socket.takeEdits()).toEqual([])
  browser.disk.hangs = false
  expect(await Promise.race([edit.saved, 'open'])).toBe('open')

  const other = new Browser()
  const saving = await other.live(10, note('a'))
  const saved = retitle(saving, 'mine')
  expect(await saved.saved).toEqual({ ok: true })
  expect(other.content()?.edits.get(1)?.edit.ops).toMatchObject([{ fields: { title: { set: 'mine' } } }])
  await written()
  expect(saving.socket.takeEdits().map(({ n }) => n)).toEqual([1])
  expect(
    other.disk.batches.filter(({ edits }) => edits?.add.length).map(({ durability }) => durability),
  ).toEqual(['strict'])
})

it('PER-1 without a disk an edit says that it is not saved, and goes up all the same', async () => {
  const desk = await DeskClient.live(10, note('a'))
  desk.take()
  expect(await retitle(desk, 'mine').saved).toMatchObject({ ok: false, error: { code: 'not-saved' } })
  await settle()
  expect(desk.socket.takeEdits()).toHaveLength(1)
  expect(desk.db.connection.getSnapshot().persistence).toBeUndefined()
  expect(() => desk.db.refused).toThrow('persist: indexedDb()')
  expect(() => desk.db.signOut()).toThrow("import { indexedDb } from '@tidemark/client/indexeddb'")
})

it('PER-2 a page that was killed has its rows and its unsent edits again, before it is connected', async () => {
  const browser = new Browser()
  const first = await browser.live(10, note('a', 'as it was', 3), note('b'))
  first.socket.cut()
  await retitle(first, 'unsent').saved
  await first.db.notes.insert({ id: 'c', title: 'new' }).saved
  await browser.kill(first)

  const second = await browser.open()
  second.watch()
  await written()
  expect(second.titles).toEqual(['unsent', 'b', 'new'])
  expect(second.db.notes.all().getSnapshot()).toMatchObject({ status: 'ready' })
  expect(second.db.connection.getSnapshot()).toMatchObject({ persistence: 'kept', pending: 2 })
  // Edits can be made, too, and are numbered after those of before.
  const third = second.db.notes.update('b', (draft) => {
    draft.stars += 1
  })
  expect(await third.saved).toEqual({ ok: true })
  expect(third.n).toBe(3)

  const { hello, frames } = await browser.connect(second)
  expect(hello).toMatchObject({
    client: 'client-of-visit-1',
    owner: 'ann',
    epoch: 'e1',
    acknowledged: 0,
    unsettled: 1,
    manifest: 'desk-1',
  })
  expect(frames).toMatchObject([
    ['subscribe', { resume: { resumeToken: RESUME_TOKEN, epoch: 'e1', seq: 10 } }],
    ['push', 0, [{ n: 1 }, { n: 2 }, { n: 3 }]],
  ])
  second.name()
  await second.say(['rows', 10, 11, [[0, [note('d')], [], []]]])
  expect(second.titles).toEqual(['unsent', 'b', 'new', 'd'])
})

it('PER-3 rows, cursor and verdicts of a turn are stored together, so that nothing counts twice', async () => {
  const browser = new Browser()
  const first = await browser.live(10, note('a', 'a', 5))
  const star = () =>
    first.db.notes.update('a', (draft) => {
      draft.stars += 1
    })
  await star().saved
  await star().saved
  await written()
  await first.say(accepted(1, 11), ['rows', 10, 11, [[0, [note('a', 'a', 6)], [], []]]])
  await written()
  await browser.kill(first)
  const second = await browser.open()
  second.watch()
  await written()
  expect(second.rows[0]?.stars).toBe(7)
  expect(second.rows[0]).toMatchObject({ $sync: { pending: true, committing: true } })
  const { hello, frames } = await browser.connect(second, { seq: 11, known: 1 })
  expect(hello).toMatchObject({ acknowledged: 1, unsettled: 1 })
  expect(frames).toContainEqual(['push', 1, [expect.objectContaining({ n: 2 })]])
  second.name()
  await second.say(['rows', 11, 11, []], accepted(2, 12), [
    'rows',
    11,
    12,
    [[0, [note('a', 'a', 7)], [], []]],
  ])
  expect(second.rows[0]?.stars).toBe(7)
  await second.say(['committed', 12])
  await written()
  expect(second.db.connection.getSnapshot().pending).toBe(0)
  expect([...(browser.content()?.edits.keys() ?? [])]).toEqual([])
})

it('PER-28 a committed edit stays on the disk until the rows there have it', async () => {
  const browser = new Browser()
  const first = await browser.live(10, note('a'))
  await retitle(first, 'mine').saved
  await written()
  // Its rows are still on their way when the page is killed.
  await first.say(accepted(1, 11), ['committed', 11])
  await written()
  await browser.kill(first)
  const second = await browser.open()
  second.watch()
  await written()
  expect(second.titles).toEqual(['mine'])
  const { hello, frames } = await browser.connect(second, { seq: 11, committed: 11, known: 1 })
  expect(hello).toMatchObject({ acknowledged: 1, unsettled: 1 })
  expect(frames.map(([kind]) => kind)).not.toContain('push')
  second.name()
  await second.say(['rows', 10, 11, [[0, [note('a', 'mine')], [], []]]])
  await written()
  expect([second.titles, second.db.connection.getSnapshot().pending]).toEqual([['mine'], 0])
  expect(browser.content()?.edits.size).toBe(0)
})

it('PER-4 a verdict is acknowledged once it is stored', async () => {
  const browser = new Browser()
  const desk = await browser.live(10, note('a'))
  await retitle(desk, 'one').saved
  await written()
  desk.take()
  browser.disk.hangs = true
  await desk.say(accepted(1, 11), ['rows', 10, 11, []])
  await desk.cut()
  const { hello } = await browser.connect(desk, { seq: 11, known: 1 })
  expect(hello).toMatchObject({ acknowledged: 0, unsettled: 1 })
})

it('PER-5 a server that knows later edits than the disk has their numbers used up, and nothing is mistaken for them', async () => {
  const browser = new Browser()
  const first = await browser.live(10, note('a'))
  await retitle(first, 'one').saved
  await written()
  await browser.kill(first)
  const second = await browser.open(false)
  second.watch()
  await written()
  const edit = retitle(second, 'after the kill')
  await edit.saved
  expect(edit.n).toBe(2)
  second.environment.online = true
  second.environment.wake()
  const { frames } = await browser.connect(second, { known: 3, seq: 13 })
  expect(edit.n).toBe(4)
  await written()
  const pushed = [...frames, ...second.take()].flatMap((frame) => (frame[0] === 'push' ? frame[2] : []))
  expect(pushed.map(({ n }) => n)).toEqual([1, 4])
  expect([...(browser.content()?.edits.keys() ?? [])]).toEqual([1, 4])
})

it('PER-8 a second page of a browser works alone, in memory, and says so', async () => {
  const browser = new Browser()
  const first = await browser.live(10, note('a'))
  const second = await browser.open()
  second.watch()
  await written()
  expect(second.db.connection.getSnapshot().persistence).toBe('elsewhere')
  const { hello } = await browser.connect(second)
  expect(hello?.client).toBe('client-of-visit-2')
  await second.snapshot(10, note('a'))
  const edit = retitle(second, 'mine')
  expect(await edit.saved).toMatchObject({
    ok: false,
    error: { code: 'not-saved', message: 'Another page of this browser has the disk.' },
  })
  await written()
  expect(second.socket.takeEdits().map(({ n }) => n)).toEqual([1])
  expect(browser.content()?.edits.size).toBe(0)
  expect(await retitle(first, 'hers').saved).toEqual({ ok: true })
})

it('PER-9 a client that is closed has written what it had', async () => {
  const browser = new Browser()
  const first = await browser.live(10, note('a'))
  first.socket.cut()
  retitle(first, 'at the last moment')
  first.db.close()
  await written()
  const second = await browser.open()
  second.watch()
  await written()
  expect(second.titles).toEqual(['at the last moment'])
})

it('PER-9 one that is closed before its code has come leaves the disk to the next', async () => {
  const browser = new Browser()
  await browser.kill(await browser.live(10, note('a')))
  const early = await browser.open(true, () => new Promise(() => {}))
  expect(early.db.connection.getSnapshot().persistence).toBe('opening')
  early.db.close()
  await written()
  expect(early.environment.timers).toBe(0)
  const next = await browser.open()
  next.watch()
  await written()
  expect([next.titles, next.db.connection.getSnapshot().persistence]).toEqual([['a'], 'kept'])
})

it('PER-16 an edit that is saved is not among those that would go with the page', async () => {
  const browser = new Browser()
  const desk = await browser.live(10, note('a'))
  desk.socket.cut()
  const edit = retitle(desk, 'mine')
  expect(desk.db.connection.getSnapshot()).toMatchObject({ pending: 1, unsent: 1 })
  await edit.saved
  await written()
  const { pending, unsent } = desk.db.connection.getSnapshot()
  expect([pending, unsent]).toEqual([1, undefined])
})
