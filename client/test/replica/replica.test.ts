import { expect, it } from 'vitest'
import type { Down } from '../../../src/protocol/down/down.ts'
import type { Column } from '../../../src/protocol/manifest.ts'
import { KEEP_MS } from '../../src/queries/keeping.ts'
import { accepted, DeskClient, manifest, NOTE_COLUMNS, note, RESUME_TOKEN, view } from '../support/desk.ts'
import { settle } from '../support/fake-environment.ts'

it('QRY-1 rows are loading until the snapshot is complete, and then appear all at once', async () => {
  const desk = new DeskClient()
  desk.watch()
  expect(desk.db.notes.all().getSnapshot()).toMatchObject({ status: 'loading', rows: [] })
  await desk.connect()
  desk.name()
  desk.socket.say(['page', { view: 0, seq: 10, rows: [note('a')], last: false, total: 2 }])
  expect(desk.titles).toEqual([])
  desk.socket.say(['page', { view: 0, seq: 10, rows: [note('b')], last: true, total: 2 }])
  expect(desk.titles).toEqual(['a', 'b'])
  expect(desk.db.notes.all().getSnapshot().status).toBe('ready')
  expect(desk.db.connection.getSnapshot().state).toBe('live')
})

it('QRY-1 what changes while pages arrive is in the first complete picture', async () => {
  const desk = new DeskClient()
  desk.watch()
  await desk.connect()
  desk.name()
  desk.socket.say(
    ['page', { view: 0, seq: 10, rows: [note('a')], last: false, total: 2 }],
    ['rows', 10, 12, [[0, [], [['a', 1, 'newer']], ['b']]]],
    ['page', { view: 0, seq: 10, rows: [note('b')], last: true, total: 2 }],
  )
  expect(desk.titles).toEqual(['newer'])
  desk.socket.say(['rows', 12, 13, [[0, [note('c')], [], []]]])
  expect(desk.titles).toEqual(['newer', 'c'])
})

it('QRY-2 a row that did not change stays the same object, through rows, edits and snapshots', async () => {
  const desk = await DeskClient.live(10, note('a'), note('b'))
  const [a, b] = desk.rows
  desk.socket.say(['rows', 10, 11, [[0, [], [['b', 1, 'changed']], []]]])
  desk.db.notes.update('b', (draft) => {
    draft.title = 'mine'
  })
  expect(desk.rows[0]).toBe(a)
  expect(desk.rows[1]).not.toBe(b)
  await desk.cut()
  await desk.connect({ epoch: 'e2', seq: 3, committed: 3 })
  await desk.snapshot(3, note('a'), note('b'))
  expect(desk.rows[0]).toBe(a)
})

it('CLI-21 a new log includes what was committed, also what the rows of the old one never came to include', async () => {
  const desk = await DeskClient.live(10, note('a'))
  desk.db.notes.update('a', (draft) => {
    draft.title = 'mine'
  })
  await settle()
  await desk.say(accepted(1, 11), ['committed', 11])
  expect(desk.titles).toEqual(['mine'])
  await desk.cut()
  await desk.connect({ epoch: 'e2', seq: 0, committed: 0, known: 1 })
  await desk.snapshot(0, note('a', 'written since'))
  expect(desk.titles).toEqual(['written since'])
  expect(desk.rows[0]).toMatchObject({ $sync: { pending: false, committing: false } })
})

it('QRY-2 rows are frozen to the depth, and $sync is in no JSON', async () => {
  const desk = await DeskClient.live(10, note('a'))
  const row = desk.db.notes.get('a')
  expect(Object.isFrozen(row) && Object.isFrozen(row?.labels)).toBe(true)
  expect(row?.$sync).toEqual({ pending: false, committing: false })
  expect(Object.keys(row ?? {})).not.toContain('$sync')
})

it('QRY-3 an interval that does not begin at the cursor is not applied; the next connection resumes from what is held', async () => {
  const desk = await DeskClient.live(10, note('a'))
  desk.socket.say(['rows', 11, 12, [[0, [note('lost')], [], []]]])
  // What is on its way already may fit, and is not what the server goes on from.
  desk.socket.say(['rows', 10, 11, [[0, [note('late')], [], []]]])
  await settle()
  expect(desk.titles).toEqual(['a'])
  expect(desk.socket.closedByClient).toBe(true)
  await desk.untilOpening()
  expect(await desk.connect({ seq: 13 })).toMatchObject([
    [
      'subscribe',
      { query: { collection: 'notes' }, resume: { resumeToken: RESUME_TOKEN, epoch: 'e1', seq: 10 } },
    ],
  ])
  desk.name()
  await desk.say(['rows', 10, 13, [[0, [note('found')], [], []]]])
  expect(desk.titles).toEqual(['a', 'found'])
  expect(desk.db.connection.getSnapshot().state).toBe('live')
})

it.each<[string, Down]>([
  ['a snapshot', ['page', { view: 1, seq: 13, rows: [], last: true, total: 0 }]],
  ['a digest', ['digest', 13, [[0, 1, 'any']]]],
])('QRY-3 %s where a resumed view was to be told what it missed is a gap as well', async (_, frame) => {
  const desk = await DeskClient.live(10, note('a'))
  desk.db.lines.all().subscribe(() => {})
  await desk.cut()
  await desk.connect({ seq: 13 })
  await desk.say(view(desk.lastSubscription - 1, 0, NOTE_COLUMNS, true))
  await desk.say(view(desk.lastSubscription, 1, ['id', 'text']))
  expect(desk.socket.closedByClient).toBe(false)
  await desk.say(frame)
  expect(desk.socket.closedByClient).toBe(true)
})

it('QRY-3 a gap after a gap asks for everything', async () => {
  const desk = await DeskClient.live(10, note('a'))
  await desk.say(['rows', 11, 12, []])
  await desk.untilOpening()
  await desk.connect({ seq: 13 })
  desk.name()
  await desk.say(['rows', 11, 12, []])
  await desk.untilOpening()
  const [subscribe] = await desk.connect({ seq: 13 })
  expect(subscribe?.[1]).not.toHaveProperty('resume')
  await desk.snapshot(13, note('a'), note('b'))
  expect(desk.titles).toEqual(['a', 'b'])
})

it('QRY-4 an edit is shown at once, and its rows take over without a flicker or a double count', async () => {
  const desk = await DeskClient.live(10, note('a', 'a', 5))
  desk.db.notes.update('a', (draft) => {
    draft.stars += 2
  })
  await settle()
  expect(desk.rows[0]?.stars).toBe(7)
  expect(desk.db.notes.get('a')?.$sync.pending).toBe(true)
  await desk.say(accepted(1, 11))
  expect(desk.rows[0]?.stars).toBe(7)
  expect(desk.db.notes.get('a')?.$sync).toEqual({ pending: false, committing: true })
  await desk.say(['rows', 10, 11, [[0, [], [['a', 2, 7]], []]]])
  await desk.say(['committed', 11])
  expect(desk.db.notes.get('a')?.$sync).toEqual({ pending: false, committing: false })
  expect(new Set(desk.snapshots.flatMap(({ rows }) => rows.map(({ stars }) => stars)))).toEqual(
    new Set([5, 7]),
  )
})

it('QRY-4 own edits are replayed over what others change meanwhile', async () => {
  const desk = await DeskClient.live(10, note('a', 'a', 5))
  desk.db.notes.update('a', (draft) => {
    draft.stars += 2
    draft.title = 'mine'
  })
  desk.socket.say(['rows', 10, 11, [[0, [], [['a', 1, 'theirs', 2, 105]], []]]])
  expect(desk.rows[0]).toMatchObject({ stars: 107, title: 'mine' })
})

it('QRY-5 all rows of one interval are there when the first listener hears of it', async () => {
  const desk = new DeskClient()
  const seen: string[] = []
  desk.db.notes.all().subscribe(() => {
    seen.push(`${desk.titles.length} notes, ${desk.db.lines.all().getSnapshot().rows.length} lines`)
  })
  desk.db.lines.all().subscribe(() => {})
  await desk.connect()
  desk.socket.say(
    view(1, 0, ['id', 'title']),
    view(2, 1, ['id', 'text']),
    ['page', { view: 0, seq: 10, rows: [], last: true, total: 0 }],
    ['page', { view: 1, seq: 10, rows: [], last: true, total: 0 }],
  )
  await settle()
  seen.length = 0
  desk.socket.say([
    'rows',
    10,
    11,
    [
      [0, [['a', 'a']], [], []],
      [1, [['l', 'l']], [], []],
    ],
  ])
  await settle()
  expect(seen).toEqual(['1 notes, 1 lines'])
})

it('QRY-6 a reset keeps what is shown until the new snapshot replaces it', async () => {
  const desk = await DeskClient.live(10, note('a'), note('b'))
  desk.take()
  desk.socket.say(['reset', { epoch: 'e1', reason: 'too old' }])
  await settle()
  expect(desk.titles).toEqual(['a', 'b'])
  expect(desk.db.notes.all().getSnapshot().status).toBe('loading')
  expect(desk.take().at(-1)).toEqual(['subscribe', { id: 2, query: { collection: 'notes' } }])
  await desk.snapshot(30, note('b'), note('c'))
  expect(desk.titles).toEqual(['b', 'c'])
  expect(desk.snapshots.every(({ rows }) => rows.length !== 1)).toBe(true)
})

it('QRY-7 the first listener subscribes, the last one to leave ends it, and a quick return changes nothing', async () => {
  const desk = await DeskClient.live(10, note('a'))
  desk.take()
  const again = desk.watch()
  const also = desk.watch()
  await settle()
  expect(desk.take()).toEqual([])
  again()
  also()
  await settle()
  expect(desk.take()).toEqual([])
})

it('QRY-7 nobody listens, so nothing is kept', async () => {
  const desk = new DeskClient()
  const stop = desk.watch()
  await desk.connect()
  await desk.snapshot(10, note('a'))
  stop()
  const restart = desk.watch()
  await settle()
  expect(desk.take()).toEqual([])
  restart()
  await desk.environment.pass(KEEP_MS)
  expect(desk.take()).toEqual([['unsubscribe', { id: 1 }]])
  expect(desk.db.notes.all().getSnapshot()).toMatchObject({ rows: [], status: 'loading' })
})

it('QRY-8 a query that the server will not serve says why', async () => {
  const desk = new DeskClient()
  desk.watch()
  await desk.connect()
  const error = { code: 'unknown-collection', message: 'no such', retryable: false, ref: 1 } as const
  desk.socket.say(['error', error])
  expect(desk.db.notes.all().getSnapshot()).toMatchObject({ status: 'error', error })
  expect(desk.db.connection.getSnapshot().state).toBe('live')
})

it('QRY-9 loading from the database shows how far it is', async () => {
  const desk = new DeskClient()
  desk.watch()
  await desk.connect()
  desk.socket.say(['progress', { collection: 'notes', done: 5, total: 20 }])
  await settle()
  expect(desk.snapshots.at(-1)).toMatchObject({
    status: 'loading',
    progress: { stage: 'loading', done: 5, total: 20 },
  })
  desk.socket.say(
    ['view', { subscription: 1, view: 0, columns: NOTE_COLUMNS, resumeToken: '10.seal' }],
    ['page', { view: 0, seq: 10, rows: [note('a')], last: false, total: 3 }],
  )
  await settle()
  expect(desk.snapshots.at(-1)).toMatchObject({
    rows: [],
    status: 'loading',
    progress: { stage: 'receiving', done: 1, total: 3 },
  })
  desk.socket.say(['page', { view: 0, seq: 10, rows: [note('b'), note('c')], last: true, total: 3 }])
  await settle()
  expect(desk.snapshots.at(-1)?.status).toBe('ready')
  expect(desk.snapshots.at(-1)).not.toHaveProperty('progress')
})

it('SCH-11 a column the code does not know stays in the rows, and no edit touches it', async () => {
  const [notes, lines] = manifest.collections
  if (!notes || !lines) throw new Error('the desk has two collections')
  const colour: Column = {
    name: 'colour',
    type: 'text',
    nullable: false,
    default: 'white',
    policy: { kind: 'lww' },
  }
  const newer = { hash: 'desk-2', collections: [{ ...notes, columns: [...notes.columns, colour] }, lines] }
  const desk = await DeskClient.live(10, note('a'))
  await desk.cut()
  const asked = await desk.connect({ manifestHash: newer.hash, manifest: newer })
  expect(asked).toEqual([['subscribe', { id: desk.lastSubscription, query: { collection: 'notes' } }]])
  desk.socket.say(view(desk.lastSubscription, 0, [...NOTE_COLUMNS, 'colour']), [
    'page',
    { view: 0, seq: 11, rows: [[...note('a'), 'red']], last: true, total: 1 },
  ])
  await settle()
  desk.db.notes.update('a', (draft) => {
    draft.title = 'mine'
  })
  desk.db.notes.insert({ id: 'b', title: 'b' })
  await settle()
  expect(desk.rows).toMatchObject([
    { title: 'mine', colour: 'red' },
    { id: 'b', colour: 'white' },
  ])
  expect(desk.take().flatMap((frame) => (frame[0] === 'push' ? frame[2] : []))).toMatchObject([
    { ops: [{ op: 'update', fields: { title: { set: 'mine' } } }] },
    { ops: [{ op: 'insert', values: { title: 'b' } }] },
  ])
})
