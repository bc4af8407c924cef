import { expect, it } from 'vitest'
import { replay } from '../../src/testing/replay.ts'
import { openText } from '../../src/text.ts'
import type { TraceEvent } from '../../src/trace/event.ts'
import type { Repro } from '../../src/trace/repro.ts'
import { NOTE_COLUMNS, note } from '../support/desk.ts'
import { settle } from '../support/fake-environment.ts'
import { eventfulSession, TracedDesk } from '../support/traced-desk.ts'

/** The repro with one event another. */
function changed(
  repro: Repro,
  find: (event: TraceEvent) => boolean,
  change: (event: TraceEvent) => TraceEvent,
) {
  const index = repro.events.findLastIndex(find)
  expect(index).toBeGreaterThan(0)
  return {
    repro: { ...repro, events: repro.events.map((event, i) => (i === index ? change(event) : event)) },
    index,
  }
}

const isDown = (words: string) => (event: TraceEvent) => event.is === 'down' && event.text.includes(words)
const saying = (from: string, to: string) => (event: TraceEvent) =>
  event.is === 'down' ? { ...event, text: event.text.replace(from, to) } : event

it('TRC-7 a session is lived again to the same end: calls of listeners, refusals, a cut, a resync, a network that goes', async () => {
  const desk = await eventfulSession()
  const { repro } = desk
  const kinds = new Set(repro.events.map(({ is }) => is))
  const wanted = [
    'timer',
    'turn',
    'woke',
    'down',
    'closed',
    'token',
    'edit',
    'watch',
    'unwatch',
    'invalidated',
    'resync',
    'refused',
    'hung-up',
  ]
  expect(wanted.filter((is) => !kinds.has(is as TraceEvent['is']))).toEqual([])
  expect(repro.events.some((event) => event.is === 'edit' && event.nested)).toBe(true)
  expect(repro.end.edits.map(({ progress }) => progress)).toEqual([
    'committed',
    'committed',
    'failed',
    'committed',
  ])
  expect(await replay(repro)).toEqual({ same: true, events: repro.events.length })
  expect(await replay(JSON.stringify(repro))).toEqual({ same: true, events: repro.events.length })
})

it('TRC-7 so is one whose client was closed, left queries and was told no token', async () => {
  const desk = await TracedDesk.begin()
  const stop = desk.db.notes.where({ state: 'shut' }).subscribe(() => {})
  await settle()
  stop()
  await desk.environment.pass(10_000)
  desk.db.connection.retry()
  desk.db.transaction((tx) => {
    tx.notes.update('a', (it) => {
      it.title = 'x'
    })
    tx.notes.delete('b')
    tx.notes.upsert({ id: 'c', title: 'y' })
  })
  await settle()
  desk.db.close()
  await settle()
  expect(await replay(desk.repro)).toMatchObject({ same: true })
})

it('TRC-7 so is one of a page that a server has rendered, in which a text is edited', async () => {
  const desk = new TracedDesk()
  desk.db.preloads.preload({ collection: 'notes' }, NOTE_COLUMNS, [note('a', 'rendered')])
  desk.watch()
  openText(desk.db, 'notes', 'a', 'title').subscribe(() => {})
  await desk.connect({ seq: 10, committed: 10 })
  const { repro } = desk
  expect(repro.events.map(({ is }) => is)).toEqual(expect.arrayContaining(['preload', 'equip-texts']))
  expect(repro.end.queries[0]).toMatchObject({ status: 'ready', rows: [{ title: 'rendered' }] })
  expect(await replay(repro)).toMatchObject({ same: true })
})

it('TRC-7 so is one in which a part speaks in the midst of a frame, and the server counts on signs of life', async () => {
  const desk = await TracedDesk.begin()
  const place = desk.db.presence.enter({ collection: 'notes', id: 'a' })
  desk.db.presence.of({ collection: 'notes' }).subscribe(() => place.move({ collection: 'notes', id: 'b' }))
  await settle()
  const ben = { subject: 'ben', name: 'Ben', places: [{ collection: 'notes', id: 'a' }] }
  await desk.environment.pass(1_000)
  await desk.say(['peers', { signs: true, all: true, peers: [ben] }], ['rows', 10, 11, []])
  await desk.environment.pass(20_000)
  const { repro } = desk
  expect(repro.events).toContainEqual(expect.objectContaining({ is: 'send', nested: true }))
  expect(repro.events).toContainEqual(
    expect.objectContaining({ is: 'around', around: { online: true, visible: true, signs: true } }),
  )
  expect(await replay(repro)).toMatchObject({ same: true })
})

it('TRC-7 a session whose values are masked is lived again as well, without them', async () => {
  const mask = (value: unknown) => (typeof value === 'string' ? value.replaceAll(/[a-z]/g, 'x') : 0)
  const desk = await eventfulSession({
    mask: (value, { column }) => (column === 'title' ? mask(value) : value),
  })
  const { repro } = desk
  expect(repro.masked).toBe(true)
  expect(await replay(repro)).toMatchObject({ same: true })
})

it('TRC-8 a frame that says another value is found by the row and column that are others in the end', async () => {
  const { repro } = changed((await eventfulSession()).repro, isDown('"new"'), saying('"new"', '"old"'))
  expect(await replay(repro)).toEqual({
    same: false,
    difference: expect.stringMatching(
      /^At the end, "title" of row 2 \(c\) of the query .* was "new", and replayed is "old"\.$/,
    ),
  })
})

it('TRC-8 a frame that leads the client elsewhere is found at the event where it first does something else', async () => {
  const desk = await eventfulSession()
  const { repro, index } = changed(
    desk.repro,
    isDown('"rejected"'),
    saying('"rejected"', '"accepted","seq":12.5'),
  )
  const replayed = await replay(repro)
  expect(replayed).toMatchObject({ same: false })
  if (replayed.same || replayed.event === undefined) throw new Error('it tells no event')
  expect(replayed.event).toBeGreaterThan(index)
  expect(replayed.difference).toMatch(/^At \d+ ms, event \d+, there was: .*\. Replayed, .*\.$/)
})

it('TRC-8 a call that was not made, and a frame that never came, are found', async () => {
  const { repro } = await eventfulSession()
  const without = (find: (event: TraceEvent) => boolean) => ({
    ...repro,
    events: repro.events.filter((event, i) => i !== repro.events.findIndex((one) => find(one)) && event),
  })
  expect(await replay(without(({ is }) => is === 'edit'))).toMatchObject({ same: false })
  expect(await replay(without(isDown('"committed"')))).toMatchObject({ same: false })
  expect(await replay(without(({ is }) => is === 'timer'))).toMatchObject({ same: false })
  const { events } = repro
  expect(await replay({ ...repro, events: events.slice(0, -1) })).toMatchObject({ same: false })
})

it('TRC-9 what is no repro is refused with a sentence, and so is one that cannot be replayed', async () => {
  const { repro } = await TracedDesk.begin()
  const refusal = (given: unknown) =>
    replay(given).then(
      () => 'none',
      (thrown: unknown) => String(thrown),
    )
  expect(await refusal('not JSON')).toMatch(/^TypeError: This is no repro of the devtools: /)
  expect(await refusal({ ...repro, events: [{ at: 0, is: 'sung' }] })).toContain('events.0.is')
  expect(await refusal({ ...repro, protocol: 1 })).toContain('it is of protocol 1')
  expect(await refusal({ ...repro, whole: false })).toContain('its beginning was let go of')
  expect(await refusal({ ...repro, madeOf: { ...repro.madeOf, disk: true } })).toContain('a disk')
})
