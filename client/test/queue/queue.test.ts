import { expect, it } from 'vitest'
import { wireError } from '../../../src/protocol/errors.ts'
import { MAX_EDITS_PER_PUSH } from '../../../src/protocol/limits.ts'
import { PROTOCOL_VERSION } from '../../../src/protocol/version.ts'
import type { EditResult } from '../../src/api/edit-handle.ts'
import { MAX_IN_FLIGHT } from '../../src/queue/queue.ts'
import { accepted, DeskClient, note, RESUME_TOKEN } from '../support/desk.ts'
import { settle } from '../support/fake-environment.ts'

/** What a promise has resolved to, or that it has not. */
async function now(promise: Promise<EditResult>): Promise<EditResult | 'open'> {
  await settle()
  return Promise.race([promise, Promise.resolve('open' as const)])
}

const star = (desk: DeskClient, id = 'a') =>
  desk.db.notes.update(id, (draft) => {
    draft.stars += 1
  })

it('CLI-1 edits of one turn go up in one push, in order, with what their author had seen', async () => {
  const desk = await DeskClient.live(10, note('a'))
  desk.take()
  star(desk)
  const { id } = desk.db.notes.insert({ title: 'new' })
  await settle()
  const context = { epoch: 'e1', seq: 10 }
  expect(desk.take()).toEqual([
    [
      'push',
      0,
      [
        {
          n: 1,
          context,
          ops: [{ op: 'update', collection: 'notes', id: 'a', fields: { stars: { add: 1 } } }],
        },
        { n: 2, context, ops: [{ op: 'insert', collection: 'notes', id, values: { title: 'new' } }] },
      ],
    ],
  ])
})

it('CLI-2 an edit is accepted at its receipt and committed when Postgres has it', async () => {
  const desk = await DeskClient.live(10, note('a'))
  const edit = star(desk)
  await settle()
  expect([edit.n, await now(edit.accepted)]).toEqual([1, 'open'])
  expect(desk.db.connection.getSnapshot().pending).toBe(1)
  desk.socket.say(accepted(1, 11))
  expect(await now(edit.accepted)).toEqual({ ok: true, seq: 11 })
  expect(await now(edit.committed)).toBe('open')
  desk.socket.say(['committed', 10])
  expect(await now(edit.committed)).toBe('open')
  desk.socket.say(['committed', 11])
  expect(await now(edit.committed)).toEqual({ ok: true, seq: 11 })
  expect(desk.db.connection.getSnapshot().pending).toBe(0)
})

it('CLI-3 an edit without a receipt is sent again after a reconnect, the same in every byte', async () => {
  const desk = await DeskClient.live(10, note('a'))
  desk.take()
  star(desk)
  desk.db.notes.update('a', (draft) => {
    draft.title = 'second'
  })
  await settle()
  const first = desk.socket.takeEdits()
  desk.socket.say(accepted(1, 11), ['rows', 10, 11, [[0, [], [['a', 2, 1]], []]]])
  await desk.cut()
  star(desk)
  const frames = await desk.connect({ seq: 11, committed: 10, known: 1, epoch: 'e1' })
  expect(frames[0]).toEqual([
    'subscribe',
    { id: 2, query: { collection: 'notes' }, resume: { resumeToken: RESUME_TOKEN, epoch: 'e1', seq: 11 } },
  ])
  const [, acknowledged, edits] = frames[1]?.[0] === 'push' ? frames[1] : []
  expect(acknowledged).toBe(1)
  expect(edits?.map(({ n }) => n)).toEqual([2, 3])
  expect(JSON.stringify(edits?.[0])).toBe(JSON.stringify(first[1]))
})

it('CLI-3 hello says which receipts were handled and which outcomes are not known', async () => {
  const desk = await DeskClient.live(10, note('a'))
  for (let i = 0; i < 3; i++) star(desk)
  await settle()
  desk.socket.say(accepted(1, 11), accepted(2, 12), ['committed', 11])
  await desk.cut()
  await settle()
  desk.socket.open()
  expect(desk.take()).toEqual([
    [
      'hello',
      {
        protocol: PROTOCOL_VERSION,
        client: 'client-a1',
        acknowledged: 2,
        unsettled: 2,
        owner: 'ann',
        epoch: 'e1',
        manifest: 'desk-1',
      },
    ],
  ])
})

it('CLI-4 an edit whose receipt was lost counts once, and resolves by the verdict it had', async () => {
  const desk = await DeskClient.live(10, note('a', 'a', 5))
  const edit = star(desk)
  await settle()
  await desk.cut()
  await desk.connect({ seq: 11, committed: 11, known: 1 })
  desk.name()
  await desk.say(['rows', 10, 11, [[0, [], [['a', 2, 6]], []]]])
  expect(desk.rows[0]?.stars).toBe(6)
  await desk.say(accepted(1, 11))
  expect(await now(edit.committed)).toEqual({ ok: true, seq: 11 })
  expect(desk.snapshots.flatMap(({ rows }) => rows.map(({ stars }) => stars))).not.toContain(7)
})

it('CLI-4 an edit whose receipt is lost twice counts once all the same', async () => {
  const desk = await DeskClient.live(10, note('a', 'a', 5))
  star(desk)
  await settle()
  await desk.cut()
  await desk.connect({ seq: 11, committed: 10, known: 1 })
  desk.name()
  await desk.say(['rows', 10, 11, [[0, [], [['a', 2, 6]], []]]])
  await desk.cut()
  // The head has moved on. The rows held include the edit all the same.
  await desk.connect({ seq: 20, committed: 10, known: 1 })
  expect(desk.rows[0]?.stars).toBe(6)
  expect(desk.snapshots.flatMap(({ rows }) => rows.map(({ stars }) => stars))).not.toContain(7)
})

it('CLI-5 a refusal for now pauses the push; then it goes on from the refused edit', async () => {
  const desk = await DeskClient.live(10, note('a'))
  const edits = [star(desk), star(desk), star(desk)]
  await settle()
  desk.take()
  desk.socket.say([
    'receipt',
    [
      { is: 'accepted', n: 1, seq: 11 },
      { is: 'rejected', n: 2, error: wireError('hydrating', 'soon', { retryAfterMs: 500 }) },
    ],
  ])
  await desk.environment.pass(499)
  expect(desk.take()).toEqual([])
  expect(await now(edits[1]?.accepted ?? Promise.reject())).toBe('open')
  await desk.environment.pass(1)
  expect(desk.socket.takeEdits().map(({ n }) => n)).toEqual([2, 3])
})

it('CLI-5 a gap is filled from the n the server names', async () => {
  const desk = await DeskClient.live(10, note('a'))
  for (let i = 0; i < 3; i++) star(desk)
  await settle()
  desk.take()
  desk.socket.say(['receipt', [{ is: 'rejected', n: 3, error: wireError('gap', '2 first', { ref: 2 }) }]])
  await settle()
  expect(desk.socket.takeEdits().map(({ n }) => n)).toEqual([2, 3])
})

it('CLI-6 a rejected edit is taken back, says why at its row, and holds up no other', async () => {
  const desk = await DeskClient.live(10, note('a', 'a', 5))
  const bad = star(desk)
  const good = star(desk)
  await settle()
  const error = wireError('write-refused', 'not you')
  desk.socket.say([
    'receipt',
    [
      { is: 'rejected', n: 1, error },
      { is: 'accepted', n: 2, seq: 11 },
    ],
  ])
  expect(await now(bad.accepted)).toEqual({ ok: false, error })
  expect(await now(bad.committed)).toEqual({ ok: false, error })
  expect(await now(good.accepted)).toEqual({ ok: true, seq: 11 })
  expect(desk.rows[0]?.stars).toBe(6)
  expect(desk.db.notes.get('a')?.$sync).toEqual({ pending: false, committing: true, error })
  star(desk)
  expect(desk.db.notes.get('a')?.$sync).not.toHaveProperty('error')
})

it('CLI-6 an edit that Postgres refuses is taken back after it was accepted', async () => {
  const desk = await DeskClient.live(10, note('a', 'a', 5))
  const edit = star(desk)
  await settle()
  const error = wireError('refused-check', 'too many')
  await desk.say(
    accepted(1, 11),
    ['rows', 10, 11, [[0, [], [['a', 2, 6]], []]]],
    ['receipt', [{ is: 'reverted', n: 1, seq: 12, error }]],
    ['rows', 11, 12, [[0, [], [['a', 2, 5]], []]]],
    ['committed', 12],
  )
  expect(await now(edit.accepted)).toEqual({ ok: true, seq: 11 })
  expect(await now(edit.committed)).toEqual({ ok: false, error })
  expect(desk.rows[0]?.stars).toBe(5)
})

it('CLI-6 a revert told in welcome is believed before the committed seq that passes over it', async () => {
  const desk = await DeskClient.live(10, note('a'))
  const edits = [star(desk), star(desk)]
  await settle()
  desk.socket.say(accepted(1, 11), accepted(2, 12))
  await desk.cut()
  const error = wireError('refused-check', 'too many')
  await desk.connect({ seq: 13, committed: 13, known: 2, reverts: [{ n: 1, seq: 13, error }] })
  expect(await Promise.all(edits.map(({ committed }) => now(committed)))).toEqual([
    { ok: false, error },
    { ok: true, seq: 12 },
  ])
})

it('CLI-7 in a new log, what had not reached Postgres is sent again; nothing counts twice', async () => {
  const desk = await DeskClient.live(10, note('a', 'a', 5))
  const edits = [star(desk), star(desk), star(desk)]
  await settle()
  desk.take()
  await desk.say(accepted(1, 11), accepted(2, 12), ['rows', 10, 12, [[0, [], [['a', 2, 7]], []]]])
  expect(desk.rows[0]?.stars).toBe(8)
  await desk.cut()
  // Postgres had the first edit; the second died with the old log.
  const frames = await desk.connect({ epoch: 'e2', seq: 0, committed: 0, known: 1 })
  expect(frames[0]).toEqual(['subscribe', { id: 2, query: { collection: 'notes' } }])
  expect(frames[1]?.[0] === 'push' && frames[1][2].map(({ n }) => n)).toEqual([1, 2, 3])
  expect(desk.rows[0]?.stars).toBe(8)
  await desk.snapshot(0, note('a', 'a', 6))
  expect(desk.rows[0]?.stars).toBe(8)
  await desk.say([
    'receipt',
    [
      { is: 'rejected', n: 1, error: wireError('already-settled', 'before') },
      { is: 'accepted', n: 2, seq: 1 },
      { is: 'accepted', n: 3, seq: 2 },
    ],
  ])
  await desk.say(['rows', 0, 2, [[0, [], [['a', 2, 8]], []]]], ['committed', 2])
  const outcomes = await Promise.all(edits.map(({ committed }) => now(committed)))
  expect(outcomes.map((outcome) => outcome !== 'open' && outcome.ok)).toEqual([true, true, true])
  expect(new Set(desk.snapshots.flatMap(({ rows }) => rows.map(({ stars }) => stars)))).toEqual(
    new Set([5, 8]),
  )
})

it('CLI-7 a server that lost edits it had settled is met as a new client, and the rest is sent', async () => {
  const desk = await DeskClient.live(10, note('a'))
  star(desk)
  await settle()
  desk.socket.say(accepted(1, 11), ['committed', 11])
  await desk.cut()
  const edit = star(desk)
  const frames = await desk.connect({ epoch: 'e2', seq: 0, committed: 0, known: 0 })
  expect(frames[1]?.[0] === 'push' && frames[1][2].map(({ n }) => n)).toEqual([2])
  const sockets = desk.environment.sockets.length
  desk.socket.say(['receipt', [{ is: 'rejected', n: 2, error: wireError('gap', '1 first', { ref: 1 }) }]])
  for (let i = 0; i < 60 && desk.environment.sockets.length === sockets; i++) await desk.environment.pass(500)
  desk.socket.open()
  const [hello] = desk.take()
  expect(hello).toMatchObject(['hello', { client: 'made-up-id-1', acknowledged: 0, unsettled: 1 }])
  const again = await desk.connect({ epoch: 'e2', seq: 0, committed: 0, known: 0 })
  expect(again[1]?.[0] === 'push' && again[1][2].map(({ n }) => n)).toEqual([1])
  desk.socket.say(accepted(1, 1))
  expect(await now(edit.accepted)).toEqual({ ok: true, seq: 1 })
})

it('CLI-8 only so many edits are under way without a receipt, and no push has too many', async () => {
  const desk = await DeskClient.live(10, note('a'))
  desk.take()
  for (let i = 0; i < MAX_IN_FLIGHT + 10; i++) star(desk)
  await settle()
  const pushes = desk.take().map((frame) => (frame[0] === 'push' ? frame[2].length : 0))
  expect(Math.max(...pushes)).toBe(MAX_EDITS_PER_PUSH)
  expect(pushes.reduce((sum, length) => sum + length)).toBe(MAX_IN_FLIGHT)
  desk.socket.say(accepted(1, 11))
  await settle()
  expect(desk.socket.takeEdits().map(({ n }) => n)).toEqual([MAX_IN_FLIGHT + 1])
})

it('CLI-9 closing resolves what is open, and refuses what comes after', async () => {
  const desk = await DeskClient.live(10, note('a'))
  const edit = star(desk)
  desk.db.close()
  expect(await now(edit.committed)).toMatchObject({ ok: false, error: { code: 'client-closed' } })
  expect(await now(star(desk).accepted)).toMatchObject({ ok: false, error: { code: 'client-closed' } })
  expect(desk.environment.timers).toBe(0)
  expect(desk.socket.closedByClient).toBe(true)
})
