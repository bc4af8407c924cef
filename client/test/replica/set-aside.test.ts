import { expect, it } from 'vitest'
import { wireError } from '../../../src/protocol/errors.ts'
import type { EditHandle } from '../../src/api/edit-handle.ts'
import { DeskClient, note } from '../support/desk.ts'
import { settle } from '../support/fake-environment.ts'

const codeOf = async ({ n, accepted }: EditHandle): Promise<string> => {
  const result = await accepted
  return `${n === undefined ? 'not sent' : 'sent'}: ${result.ok ? 'ok' : result.error.code}`
}

const last = ({ snapshots }: DeskClient) => snapshots.at(-1)

it('IDS-2 the client refuses an id that is none before sending, by the same code, and its queue goes on', async () => {
  const { db, socket, take } = await desk()
  for (const id of ['', 'x'.repeat(129), 'two\nlines', 'a\0b', 'half \ud83c']) {
    expect(await codeOf(db.notes.insert({ id, title: 'new' }))).toBe('not sent: bad-id')
    expect(await codeOf(db.notes.update(id, (draft) => Object.assign(draft, { title: 'x' })))).toBe(
      'not sent: bad-id',
    )
    expect(await codeOf(db.notes.delete(id))).toBe('not sent: bad-id')
    expect(await codeOf(db.transaction((tx) => void tx.notes.insert({ id, title: 'new' })))).toBe(
      'not sent: bad-id',
    )
  }
  expect(await codeOf(db.notes.update('a', (draft) => Object.assign(draft, { title: 'a\0b' })))).toBe(
    'not sent: bad-text',
  )
  expect(take()).toEqual([])
  for (const id of ['x'.repeat(128), 'a, b', '🌊', 'e\u0301'])
    expect(db.notes.insert({ id, title: 'new' }).id).toBe(id)
  await settle()
  expect(socket.takeEdits()).toHaveLength(4)
})

it('ASD-10 a query says which records of its collection are set aside and why, until they are back', async () => {
  const live = await DeskClient.live(10, note('a'), note('b'))
  expect(last(live)).not.toHaveProperty('aside')
  await live.say(
    ['rows', 10, 11, [[0, [], [], ['a']]]],
    [
      'aside',
      {
        collection: 'notes',
        records: [
          ['a', 'It holds a number that is too large.'],
          ['z', 'So does it.'],
        ],
      },
    ],
  )
  expect(live.titles).toEqual(['b'])
  const aside = [
    { id: 'a', reason: 'It holds a number that is too large.' },
    { id: 'z', reason: 'So does it.' },
  ]
  expect(last(live)).toMatchObject({ status: 'ready', aside })
  const told = live.snapshots.length
  await live.say(['rows', 11, 12, [[0, [], [['b', 1, 'B']], []]]])
  expect(last(live)?.aside).toBe(live.snapshots[told - 1]?.aside)
  await live.say(
    ['rows', 12, 13, [[0, [note('a')], [], []]]],
    [
      'aside',
      {
        collection: 'notes',
        records: [
          ['a', null],
          ['z', null],
        ],
      },
    ],
  )
  expect(last(live)).not.toHaveProperty('aside')
  expect(live.titles).toEqual(['a', 'B'])
})

it('ASD-10 what was told on one connection holds no longer on the next', async () => {
  const live = await DeskClient.live(10, note('b'))
  await live.say(['aside', { collection: 'notes', records: [['a', 'Why.']] }])
  await live.cut()
  expect(last(live)).toMatchObject({ aside: [{ id: 'a', reason: 'Why.' }] })
  await live.connect({ seq: 10, committed: 10 })
  live.name()
  await live.say(['rows', 10, 10, []])
  expect(last(live)).not.toHaveProperty('aside')
})

it('ASD-4 the client refuses an edit of a record that is set aside before sending, with the reason', async () => {
  const { db, live, take } = await desk()
  await live.say(['aside', { collection: 'notes', records: [['z', 'It holds a day without end.']] }])
  const edit = db.notes.update('z', (draft) => Object.assign(draft, { title: 'x' }))
  expect(await edit.accepted).toMatchObject({
    error: { code: 'set-aside', message: expect.stringContaining('It holds a day without end.') },
  })
  expect(await codeOf(db.notes.delete('z'))).toBe('not sent: set-aside')
  expect(await codeOf(db.notes.insert({ id: 'z', title: 'new' }))).toBe('not sent: set-aside')
  expect(take()).toEqual([])
})

it('ASD-4 an edit that was made before the author knew is refused in words, and the next one goes on', async () => {
  const { db, live, socket } = await desk()
  const edit = db.notes.update('a', (draft) => Object.assign(draft, { title: 'mine' }))
  const next = db.notes.update('b', (draft) => Object.assign(draft, { title: 'mine' }))
  await settle()
  socket.takeEdits()
  await live.say(
    ['rows', 10, 11, [[0, [], [], ['a']]]],
    ['aside', { collection: 'notes', records: [['a', 'Why.']] }],
    [
      'receipt',
      [
        { is: 'rejected', n: 1, error: wireError('set-aside', 'Why.') },
        { is: 'accepted', n: 2, seq: 12 },
      ],
    ],
  )
  expect(await edit.accepted).toMatchObject({ ok: false, error: { code: 'set-aside' } })
  expect(await next.accepted).toEqual({ ok: true, seq: 12 })
  expect(live.titles).toEqual(['mine'])
})

async function desk() {
  const live = await DeskClient.live(10, note('a'), note('b'))
  live.take()
  return { live, db: live.db, socket: live.socket, take: () => live.take() }
}
