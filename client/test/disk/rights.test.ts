import { expect, it } from 'vitest'
import { CLOSE, wireError } from '../../../src/protocol/errors.ts'
import { note } from '../support/desk.ts'
import { Browser, written } from '../support/visits.ts'

/** Milliseconds after which the tokens of these visits have ended; a visit begins at 1,000 seconds. */
const TOKEN_MS = 4_000_000

/** A page was live, and is opened again after a while. */
async function after(ms: number, graceMs?: number) {
  const browser = new Browser({ graceMs })
  const first = await browser.live(10, note('a', 'kept'))
  await browser.kill(first)
  browser.now += ms
  return browser
}

it('PER-10 while the last token would still be good, rows are shown at once', async () => {
  const browser = await after(TOKEN_MS - 60_000)
  const desk = await browser.open()
  desk.watch()
  expect(desk.titles).toEqual(['kept'])
  expect(desk.db.notes.get('a')).toMatchObject({ title: 'kept' })
})

it('PER-10 after its end nothing is shown before the server has confirmed it, by going on from it', async () => {
  const browser = await after(TOKEN_MS + 60_000)
  const desk = await browser.open()
  desk.watch()
  await written()
  expect([desk.titles, desk.db.notes.get('a')]).toEqual([[], undefined])
  const { frames } = await browser.connect(desk)
  expect(frames).toMatchObject([['subscribe', { resume: { epoch: 'e1', seq: 10 } }]])
  expect(desk.titles).toEqual([])
  desk.name()
  await desk.say(['rows', 10, 10, []])
  expect(desk.titles).toEqual(['kept'])
})

it('PER-10 what the server does not confirm is never shown, and goes from the disk', async () => {
  const browser = await after(TOKEN_MS + 60_000)
  const desk = await browser.open()
  desk.watch()
  await browser.connect(desk)
  await desk.snapshot(12, note('b', 'what is left'))
  expect(desk.snapshots.flatMap(({ rows }) => rows.map(({ title }) => title))).not.toContain('kept')
  await written()
  expect(
    JSON.stringify([...(browser.content()?.rows.values() ?? [])].map((rows) => [...rows])),
  ).not.toContain('kept')
})

it('PER-10 a query that is refused now loses its rows on the disk', async () => {
  const browser = await after(TOKEN_MS + 60_000)
  const desk = await browser.open()
  desk.watch()
  await browser.connect(desk)
  const refusal = wireError('unknown-collection', 'There is no collection "notes".', {
    ref: desk.lastSubscription,
  })
  await desk.say(['error', refusal])
  await written()
  expect(desk.titles).toEqual([])
  expect([...(browser.content()?.rows.keys() ?? [])]).toEqual([])
})

it('PER-11 without a connection rows are shown until the token’s end, and for the grace after it', async () => {
  const HOUR = 3_600_000
  const within = await (await after(TOKEN_MS + HOUR, 2 * HOUR)).open(false)
  within.watch()
  await written()
  expect(within.titles).toEqual(['kept'])
  const beyond = await (await after(TOKEN_MS + 3 * HOUR, 2 * HOUR)).open(false)
  beyond.watch()
  await written()
  expect(beyond.titles).toEqual([])
})

it('PER-11 within the grace rows wait for the connection, and are shown when there is none', async () => {
  const browser = await after(TOKEN_MS + 60_000, 3_600_000)
  const desk = await browser.open()
  desk.watch()
  await written()
  expect(desk.titles).toEqual([])
  desk.socket.cut()
  await written()
  expect(desk.db.connection.getSnapshot().state).toBe('offline')
  expect(desk.titles).toEqual(['kept'])
})

it('REV-8 whoever’s sign-in was ended does not come back, and has no rows on the disk', async () => {
  const browser = await after(1)
  const desk = await browser.open()
  await written()
  desk.socket.open()
  desk.socket.say(['error', wireError('revoked', 'This sign-in was ended; sign in again.')])
  desk.socket.cut(CLOSE.auth)
  await written()
  expect([...(browser.content()?.rows.keys() ?? [])]).toEqual([])
  expect([...(browser.content()?.views.keys() ?? [])]).toEqual([])
  const { state, cause } = desk.db.connection.getSnapshot()
  expect([state, cause?.code]).toEqual(['closed', 'revoked'])
  const opened = desk.environment.sockets.length
  await desk.environment.pass(600_000)
  expect(desk.environment.sockets).toHaveLength(opened)
})

it('PER-12 whoever is not let in any more has no rows on the disk', async () => {
  const browser = await after(1)
  const desk = await browser.open()
  await written()
  desk.socket.open()
  desk.socket.say(['error', wireError('forbidden', 'You are no member any more.')])
  desk.socket.cut(CLOSE.forbidden)
  await written()
  expect([...(browser.content()?.rows.keys() ?? [])]).toEqual([])
  expect([...(browser.content()?.views.keys() ?? [])]).toEqual([])
})
