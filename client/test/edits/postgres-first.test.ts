import { expect, it } from 'vitest'
import type { Down } from '../../../src/protocol/down/down.ts'
import type { EditResult } from '../../src/api/edit-handle.ts'
import { DeskClient, manifest, note } from '../support/desk.ts'
import { settle } from '../support/fake-environment.ts'

const FIRST = { durability: 'committed' } as const

/** What a promise has resolved to, or that it has not. */
async function now(promise: Promise<EditResult>): Promise<EditResult | 'open'> {
  await settle()
  return Promise.race([promise, Promise.resolve('open' as const)])
}

const pay = (draft: { title: string }) => {
  draft.title = 'paid'
}

const addStar = (draft: { stars: number }) => {
  draft.stars += 1
}

const taken = (n: number, seq: number): Down => ['receipt', [{ is: 'accepted', n, seq, committed: true }]]

it('PF-20 an edit that is Postgres first is not shown before the server’s rows have it; its rows say that it is on its way', async () => {
  const desk = await DeskClient.live(10, note('a'))
  const edit = desk.db.notes.update('a', pay, FIRST)
  await settle()
  expect(desk.titles).toEqual(['a'])
  expect(desk.db.notes.get('a')?.$sync).toEqual({ pending: true, committing: false })
  await desk.say(taken(1, 12), ['rows', 10, 12, [[0, [], [['a', 1, 'paid']], []]]])
  expect(desk.titles).toEqual(['paid'])
  expect(desk.db.notes.get('a')?.$sync).toEqual({ pending: false, committing: false })
  expect(await now(edit.accepted)).toEqual({ ok: true, seq: 12 })
})

it('PF-20 it is accepted and committed at once, by one receipt', async () => {
  const desk = await DeskClient.live(10, note('a'))
  const edit = desk.db.notes.delete('a', { ...FIRST, deadlineMs: 60_000 })
  await settle()
  expect(desk.socket.takeEdits()).toMatchObject([{ n: 1, durability: 'committed', deadlineMs: 60_000 }])
  expect([await now(edit.accepted), await now(edit.committed)]).toEqual(['open', 'open'])
  desk.socket.say(taken(1, 12))
  expect(await now(edit.committed)).toEqual({ ok: true, seq: 12 })
  expect(await now(edit.accepted)).toEqual({ ok: true, seq: 12 })
  expect(desk.db.connection.getSnapshot().pending).toBe(0)
})

it('PF-21 nothing is sent behind it before its verdict, which may be a refusal, and then all of it', async () => {
  const desk = await DeskClient.live(10, note('a'))
  const star = (options?: typeof FIRST) => desk.db.notes.update('a', addStar, options)
  const edits = [star(), star(FIRST), star(), star(FIRST), star()]
  await settle()
  expect(desk.socket.takeEdits().map(({ n }) => n)).toEqual([1, 2])
  // Later edits that are not Postgres first show at once.
  expect(desk.rows[0]?.stars).toBe(3)
  const error = { code: 'refused-check', message: 'No.', retryable: false } as const
  await desk.say(
    ['receipt', [{ is: 'accepted', n: 1, seq: 11 }]],
    ['receipt', [{ is: 'rejected', n: 2, error }]],
  )
  expect(desk.socket.takeEdits().map(({ n }) => n)).toEqual([3, 4])
  expect(await now(edits[1]?.committed ?? Promise.reject())).toEqual({ ok: false, error })
  await desk.say(['receipt', [{ is: 'accepted', n: 3, seq: 12 }]], taken(4, 13))
  expect(desk.socket.takeEdits().map(({ n }) => n)).toEqual([5])
})

it('PF-21 after a reconnect it is sent again, alone and the same in every byte', async () => {
  const desk = await DeskClient.live(10, note('a'))
  desk.db.notes.update('a', pay, FIRST)
  desk.db.notes.update('a', addStar)
  await settle()
  const first = desk.socket.takeEdits()
  await desk.cut()
  const frames = await desk.connect({ seq: 10, committed: 10, known: 0, epoch: 'e1' })
  const pushed = frames.flatMap((frame) => (frame[0] === 'push' ? frame[2] : []))
  expect(JSON.stringify(pushed)).toBe(JSON.stringify(first))
  expect(pushed).toHaveLength(1)
})

it('PF-24 edits of a collection that is Postgres first say so, in a transaction too', async () => {
  const desk = new DeskClient()
  desk.watch()
  const collections = manifest.collections.map((collection) =>
    collection.name === 'lines' ? { ...collection, durability: 'committed' as const } : collection,
  )
  await desk.connect({ manifest: { hash: 'first', collections }, manifestHash: 'first' })
  await desk.snapshot(10, note('a'))
  desk.db.transaction((tx) => {
    tx.lines.insert({ id: 'l1', text: 'new' })
    tx.notes.update('a', addStar)
  })
  await settle()
  expect(desk.socket.takeEdits()).toMatchObject([{ n: 1, durability: 'committed', ops: { length: 2 } }])
  expect(desk.rows[0]?.stars).toBe(0)
})

it.each([0, -1, 1.5, Number.NaN, 8 * 24 * 3_600_000])(
  'PF-24 a deadline of %d ms is refused before sending',
  async (deadlineMs) => {
    const desk = await DeskClient.live(10, note('a'))
    const edit = desk.db.notes.delete('a', { ...FIRST, deadlineMs })
    expect(await now(edit.accepted)).toMatchObject({ ok: false, error: { code: 'bad-value' } })
    expect(desk.socket.takeEdits()).toEqual([])
  },
)
