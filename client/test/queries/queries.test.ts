import { expect, it } from 'vitest'
import { DigestSum } from '../../../src/core/query/digest.ts'
import { where } from '../../../src/core/query/where.ts'
import { SEEN_EVERY } from '../../../src/protocol/limits.ts'
import type { Up } from '../../../src/protocol/up/up.ts'
import { KEEP_MS } from '../../src/queries/keeping.ts'
import { accepted, DeskClient, NOTE_COLUMNS, note, RESUME_TOKEN, view } from '../support/desk.ts'
import { settle } from '../support/fake-environment.ts'

/** A desk with one query live instead of all notes. */
async function live(
  ask: (desk: DeskClient) => { subscribe(listener: () => void): () => void },
  ...rows: ReturnType<typeof note>[]
) {
  const desk = new DeskClient()
  const query = ask(desk)
  query.subscribe(() => {})
  await desk.connect()
  await desk.snapshot(10, ...rows)
  return desk
}

const starred = (desk: DeskClient) => desk.db.notes.where({ stars: { gte: 2 } })

const opsOf = (frames: readonly Up[]) =>
  frames.flatMap((frame) => (frame[0] === 'push' ? frame[2].flatMap(({ ops }) => ops) : []))

it('QRY-10 a query goes up as it was asked, once however often it is asked', async () => {
  const desk = new DeskClient()
  const ask = () =>
    desk.db.notes
      .where({ state: 'open', stars: { gt: 1, lte: 5 } })
      .where(where.any({ title: { prefix: 'a' } }, { labels: { has: 'late' } }))
      .orderBy('stars', 'desc')
      .limit(20)
      .after([3, 'c'])
      .select('title')
      .priority('high')
  expect(ask().subscribe).toBe(ask().subscribe)
  for (let i = 0; i < 2; i++) ask().subscribe(() => {})
  expect(await desk.connect()).toEqual([
    [
      'subscribe',
      {
        id: 1,
        query: {
          collection: 'notes',
          where: [
            'and',
            [
              ['=', 'state', 'open'],
              ['>', 'stars', 1],
              ['<=', 'stars', 5],
              [
                'or',
                [
                  ['prefix', 'title', 'a'],
                  ['has', 'labels', 'late'],
                ],
              ],
            ],
          ],
          orderBy: [['stars', 'desc']],
          limit: 20,
          after: [3, 'c'],
          select: ['title'],
        },
        priority: 'high',
      },
    ],
  ])
})

it('QRY-10 what can be seen to be wrong is said at once', () => {
  const { db } = new DeskClient()
  expect(() => db.notes.all().limit(0)).toThrow('A limit is a whole number from 1 to 1000.')
  // @ts-expect-error there is no such condition
  expect(() => db.notes.where({ stars: { above: 1 } })).toThrow('"above" is no condition')
})

it('QRY-11 rows are sorted and cut to the limit, own edits included', async () => {
  const top = (desk: DeskClient) => desk.db.notes.all().orderBy('stars', 'desc').limit(2)
  const desk = await live(top, note('a', 'a', 5), note('b', 'b', 3))
  const shown = () =>
    top(desk)
      .getSnapshot()
      .rows.map(({ id }) => id)
  expect(shown()).toEqual(['a', 'b'])
  desk.db.notes.update('b', (draft) => {
    draft.stars += 9
  })
  expect(shown()).toEqual(['b', 'a'])
  desk.db.notes.insert({ id: 'c', title: 'c', stars: 7 })
  expect(shown()).toEqual(['b', 'c'])
})

it('QRY-12 an own edit enters and leaves a query at once, and stays as the server says', async () => {
  const desk = await live(starred, note('a', 'a', 2))
  const shown = () =>
    starred(desk)
      .getSnapshot()
      .rows.map(({ id }) => id)
  desk.db.notes.update('a', (draft) => {
    draft.stars = 1
  })
  desk.db.notes.insert({ id: 'b', title: 'b', stars: 4 })
  desk.db.notes.insert({ id: 'c', title: 'c', stars: 0 })
  expect(shown()).toEqual(['b'])
  await settle()
  desk.take()
  desk.socket.say(accepted(1, 11), accepted(2, 12), accepted(3, 13), [
    'rows',
    10,
    13,
    [[0, [note('b', 'b', 4)], [], ['a']]],
  ])
  expect(shown()).toEqual(['b'])
})

it('QRY-13 a record that another query holds comes in by an own edit', async () => {
  const desk = new DeskClient()
  desk.watch()
  starred(desk).subscribe(() => {})
  await desk.connect()
  desk.socket.say(
    view(1, 0),
    view(2, 1),
    ['page', { view: 0, seq: 10, rows: [note('a', 'a', 1)], last: true, total: 1 }],
    ['page', { view: 1, seq: 10, rows: [], last: true, total: 0 }],
  )
  desk.db.notes.update('a', (draft) => {
    draft.stars = 3
  })
  expect(starred(desk).getSnapshot().rows).toMatchObject([{ id: 'a', title: 'a', stars: 3 }])
})

it('QRY-14 listeners are told what came, changed and left, with old and new rows', async () => {
  const desk = await DeskClient.live(10, note('a'), note('b'))
  const [a, b] = desk.rows
  await desk.say(['rows', 10, 11, [[0, [note('c')], [['a', 1, 'A']], ['b']]]])
  const changes = desk.snapshots.at(-1)?.changes
  expect(changes).toEqual([
    { type: 'update', old: a, row: { ...a, title: 'A' } },
    { type: 'insert', row: expect.objectContaining({ id: 'c' }) },
    { type: 'delete', old: b },
  ])
})

it('QRY-15 when rights change, what was shown is replaced by what may be seen', async () => {
  const desk = await DeskClient.live(10, note('a'), note('b'))
  await desk.say(view(desk.lastSubscription, 5, ['id', 'title']))
  expect(desk.titles).toEqual(['a', 'b'])
  await desk.say(['page', { view: 5, seq: 10, rows: [['b', 'b']], last: true, total: 1 }])
  expect(desk.rows).toEqual([{ id: 'b', title: 'b' }])
})

it('QRY-16 a query that gives way says so, keeps its rows, and comes back by itself', async () => {
  const desk = await DeskClient.live(10, note('a'))
  await desk.say(['evicted', { subscription: desk.lastSubscription }])
  expect(desk.snapshots.at(-1)).toMatchObject({ status: 'loading', evicted: true, rows: [{ id: 'a' }] })
  expect(desk.take()).toEqual([])
  await desk.say(view(desk.lastSubscription, 0), [
    'page',
    { view: 0, seq: 12, rows: [note('b')], last: true, total: 1 },
  ])
  expect(desk.snapshots.at(-1)).toMatchObject({ status: 'ready', rows: [{ id: 'b' }] })
  expect(desk.snapshots.at(-1)).not.toHaveProperty('evicted')
})

it('QRY-17 rows that do not come to the server’s digest are fetched again, alone, and it is reported', async () => {
  const desk = await DeskClient.live(10, note('a'))
  const codes: string[] = []
  desk.db.onError(({ code }) => codes.push(code))
  const right = new DigestSum()
  right.add(note('a'))
  await desk.say(['digest', 10, [[0, 1, right.result.text]]], ['digest', 9, [[0, 5, 'x']]])
  expect([desk.take(), codes]).toEqual([[], []])
  await desk.say(['digest', 10, [[0, 1, 'other']]])
  expect(desk.take()).toEqual([
    ['unsubscribe', { id: 1 }],
    ['subscribe', { id: 2, query: { collection: 'notes' } }],
  ])
  expect([desk.titles, codes]).toEqual([['a'], ['diverged']])
  await desk.snapshot(10, note('b'))
  expect(desk.titles).toEqual(['b'])
})

it('QRY-48 many rows are checked in steps, and what was replaced meanwhile is not judged', async () => {
  const notes = Array.from({ length: 5_000 }, (_, i) => note(`n-${i}`))
  const desk = await DeskClient.live(10, ...notes)
  const codes: string[] = []
  desk.db.onError(({ code }) => codes.push(code))
  await desk.say(['digest', 10, [[0, 5_000, 'other']]])
  expect(codes).toEqual([])
  await desk.environment.pass(0)
  expect(codes).toEqual(['diverged'])
  await desk.snapshot(10, ...notes)
  await desk.say(['digest', 10, [[0, 5_000, 'other']]])
  await desk.cut()
  await desk.connect({ seq: 10 })
  await desk.environment.pass(0)
  expect(codes).toEqual(['diverged'])
})

it('QRY-18 one that may not resume shows what it held until the snapshot replaces it', async () => {
  const desk = await DeskClient.live(10, note('a'))
  await desk.cut()
  expect(await desk.connect({ seq: 12 })).toEqual([
    [
      'subscribe',
      { id: 2, query: { collection: 'notes' }, resume: { epoch: 'e1', seq: 10, resumeToken: RESUME_TOKEN } },
    ],
  ])
  await desk.say(view(2, 0))
  expect(desk.titles).toEqual(['a'])
  await desk.say(['page', { view: 0, seq: 12, rows: [note('b')], last: true, total: 1 }])
  expect(desk.titles).toEqual(['b'])
})

it('QRY-19 a loop over a query sees the latest snapshot, and leaving it ends the subscription', async () => {
  const desk = await DeskClient.live(10, note('a'))
  const seen: string[][] = []
  const loop = (async () => {
    for await (const { rows } of starred(desk)) {
      seen.push(rows.map(({ id }) => id))
      if (seen.length === 2) break
    }
  })()
  await settle()
  desk.take()
  await desk.say(view(desk.lastSubscription, 1), [
    'page',
    { view: 1, seq: 10, rows: [note('a', 'a', 2)], last: true, total: 1 },
  ])
  await loop
  expect(seen).toEqual([[], ['a']])
  await desk.environment.pass(KEEP_MS)
  expect(desk.take()).toEqual([['unsubscribe', { id: desk.lastSubscription }]])
})

it('QRY-20 the server is told how much was read, now and then', async () => {
  const desk = await DeskClient.live(10, note('a'))
  desk.take()
  const long = 'x'.repeat(SEEN_EVERY / 2)
  await desk.say(['rows', 10, 11, [[0, [], [['a', 1, long]], []]]])
  expect(desk.take()).toEqual([])
  await desk.say(['rows', 11, 12, [[0, [], [['a', 1, long]], []]]])
  expect(desk.take()).toEqual([['read-ack', expect.any(Number)]])
})

it('CLI-19 of a field that no query brings nothing was seen, and the edit says so', async () => {
  const desk = await live((at) => at.db.notes.all().select('title'), ['a', 'a'])
  // The view has the columns that were asked for.
  await desk.say(view(desk.lastSubscription, 3, ['id', 'title']), [
    'page',
    { view: 3, seq: 10, rows: [['a', 'a']], last: true, total: 1 },
  ])
  desk.db.notes.update('a', (draft) => {
    draft.title = 'b'
    draft.state = 'shut'
  })
  await settle()
  expect(opsOf(desk.take())).toMatchObject([{ op: 'update', id: 'a', asOf: { state: 0 } }])
})

it('CLI-15 a record that no filtered query holds is changed blindly', async () => {
  const desk = await live(starred, note('a', 'a', 2))
  desk.db.notes.update('z', (draft) => {
    draft.title = 'unseen'
  })
  desk.db.notes.update('a', (draft) => {
    draft.title = 'seen'
  })
  await settle()
  expect(opsOf(desk.take())).toEqual([
    { op: 'update', collection: 'notes', id: 'z', fields: { title: { set: 'unseen' } }, blind: true },
    { op: 'update', collection: 'notes', id: 'a', fields: { title: { set: 'seen' } } },
  ])
})

it('CLI-20 what a view shows that is not yet at the cursor was seen as of the place of its view', async () => {
  const desk = new DeskClient()
  starred(desk).subscribe(() => {})
  desk.db.notes.where({ state: 'shut' }).subscribe(() => {})
  await desk.connect()
  await desk.say(
    view(1, 0),
    view(2, 1),
    ['page', { view: 0, seq: 10, rows: [], last: true, total: 0 }],
    ['page', { view: 1, seq: 10, rows: [['z', 'z', 3, 'shut', [], 0]], last: true, total: 1 }],
  )
  await desk.cut()
  await desk.connect({ seq: 12 })
  await desk.say(view(3, 0, NOTE_COLUMNS, true), ['rows', 10, 12, []])
  const count = () =>
    desk.db.notes.update('z', (draft) => {
      draft.stars += 1
    })
  count()
  await settle()
  const edits = desk.socket.takeEdits()
  expect(edits).toMatchObject([
    { context: { epoch: 'e1', seq: 10 }, ops: [{ op: 'update', id: 'z', fields: { stars: { add: 1 } } }] },
  ])
  expect(edits[0]?.ops[0]).not.toHaveProperty('blind')
  await desk.cut()
  await desk.connect({ epoch: 'e2', seq: 3 })
  count()
  await settle()
  // Sent again, and the new one.
  expect(desk.socket.takeEdits().at(-1)).toMatchObject({ context: { epoch: 'e2', seq: 0 } })
})

it('QRY-21 queries that resume may be answered one after the other, with changes in between', async () => {
  const desk = new DeskClient()
  desk.watch()
  starred(desk).subscribe(() => {})
  await desk.connect()
  desk.socket.say(
    view(1, 0),
    view(2, 1),
    ['page', { view: 0, seq: 10, rows: [note('a', 'a', 1)], last: true, total: 1 }],
    ['page', { view: 1, seq: 10, rows: [], last: true, total: 0 }],
  )
  await desk.cut()
  await desk.connect({ seq: 11 })
  desk.socket.say(
    view(3, 0, NOTE_COLUMNS, true),
    ['rows', 10, 11, [[0, [], [['a', 2, 2]], []]]],
    ['rows', 11, 12, [[0, [], [['a', 1, 'A']], []]]],
    view(4, 1, NOTE_COLUMNS, true),
    ['rows', 12, 12, [[1, [note('a', 'A', 2)], [], []]]],
  )
  await settle()
  expect(desk.rows).toMatchObject([{ id: 'a', title: 'A', stars: 2 }])
  expect(starred(desk).getSnapshot()).toMatchObject({
    status: 'ready',
    rows: [{ id: 'a', title: 'A', stars: 2 }],
  })
  expect(desk.take()).toEqual([])
})
