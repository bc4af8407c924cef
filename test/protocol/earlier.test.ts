import { expect, it } from 'vitest'
import { decodeUp, encodeDown } from '../../src/protocol/codec/codec.ts'
import { decodeDown } from '../../src/protocol/codec/decode-down.ts'
import { saysEdit } from '../../src/protocol/codec/earlier-words.ts'
import { encodeUp } from '../../src/protocol/codec/encode-up.ts'
import type { Down } from '../../src/protocol/down/down.ts'
import type { Edit } from '../../src/protocol/edit.ts'
import type { Policy } from '../../src/protocol/manifest.ts'
import type { Up } from '../../src/protocol/up/up.ts'

function welcome(...policies: Policy[]): Extract<Down, readonly ['welcome', unknown]> {
  const columns = policies.map((policy, index) => ({
    name: `c${index}`,
    type: 'integer' as const,
    nullable: false,
    policy,
  }))
  const collections = [{ name: 'cards', columns, insertOnly: false, deletes: 'win' as const }]
  const log = { epoch: 'e1', seq: 4, committed: 4, known: 0, reverts: [], expiresAt: 1_795_000_000 }
  const about = { protocol: 6, session: 's1', owner: '["acme","ada"]' }
  return ['welcome', { ...about, ...log, manifestHash: 'h1', manifest: { hash: 'h1', collections } }]
}

/** The policies that a client of version 6 is told, and the hash of its manifest. */
function told(frame: Down) {
  const decoded = decodeDown(encodeDown(frame, 6), 6)
  if (!decoded.ok || decoded.frame[0] !== 'welcome') throw new Error('version 6 cannot read it')
  const { manifest, manifestHash } = decoded.frame[1]
  return {
    policies: manifest?.collections.flatMap(({ columns }) => columns.map(({ policy }) => policy)),
    hashes: [manifest?.hash, manifestHash],
  }
}

it('PRO-24 a policy that version 6 does not know is told as one that it does, under a hash of its own', () => {
  const frame = welcome({ kind: 'max' }, { kind: 'min' }, { kind: 'counter' }, { kind: 'effect', of: 'max' })
  expect(told(frame)).toEqual({
    policies: [{ kind: 'lww' }, { kind: 'lww' }, { kind: 'counter' }, { kind: 'effect', of: 'lww' }],
    hashes: ['h1-6', 'h1-6'],
  })
  expect(JSON.parse(encodeDown(frame, 7))).toEqual(frame)
})

it('PRO-24 sets, and what people or a function decide, are told as plain values', () => {
  const { policies } = told(welcome({ kind: 'set' }, { kind: 'ask' }, { kind: 'merge' }))
  expect(policies).toEqual([{ kind: 'lww' }, { kind: 'lww' }, { kind: 'lww' }])
})

it('PRO-22 the answer to a watch is told to version 6 as any news of tags', () => {
  const news = { epoch: 'e1', seq: 4, tags: ['cards_list'] }
  expect(JSON.parse(encodeDown(['invalidate', { ...news, watched: true }], 6))).toEqual(['invalidate', news])
  expect(JSON.parse(encodeDown(['invalidate', news], 6))).toEqual(['invalidate', news])
})

it('MRG-38 items of a set are no words of version 6, which sets it as a whole', () => {
  const push = (op: object) => {
    const update = { op: 'update', collection: 'cards', id: 'c1', fields: { labels: op } }
    return JSON.stringify(['push', 0, [{ n: 1, context: { epoch: 'e1', seq: 4 }, ops: [update] }]])
  }
  const items = push({ items: { add: ['late'], remove: ['old'] } })
  expect(decodeUp(items, 7)).toMatchObject({ ok: true })
  expect(decodeUp(items, 6)).toMatchObject({ ok: false })
  for (const version of [6, 7]) expect(decodeUp(push({ set: ['late'] }), version)).toMatchObject({ ok: true })
})

it('MRG-38 an edit has the same text in either version, so it is known when it comes again in the other', () => {
  const seen = { blind: true, asOf: { title: 3 } }
  const update = { op: 'update', collection: 'cards', id: 'c1', fields: { title: { set: 'a' } }, ...seen }
  const context = { epoch: 'e1', seq: 4, seen: { 'client-a1': 2 } }
  const edit = { n: 1, context, ops: [update], durability: 'committed', deadlineMs: 5 }
  const [six, seven] = [6, 7].map((version) => decodeUp(JSON.stringify(['push', 0, [edit]]), version))
  expect(six).toMatchObject({ ok: true })
  expect(JSON.stringify(six)).toBe(JSON.stringify(seven))
})

it('PRO-24 a manifest without one is told as it is, and so is a welcome without a manifest', () => {
  const frame = welcome({ kind: 'immutable' }, { kind: 'effect', of: 'counter' }, { kind: 'lww' })
  expect(JSON.parse(encodeDown(frame, 6))).toEqual(frame)
  const { manifest: _, ...rest } = welcome({ kind: 'max' })[1]
  expect(JSON.parse(encodeDown(['welcome', rest], 6))).toEqual(['welcome', rest])
})

it('PRO-24 version 6 itself does not read the policies it does not know', () => {
  expect(decodeDown(JSON.stringify(welcome({ kind: 'max' })), 6)).toMatchObject({ ok: false })
})

it('PRO-25 a restore and a part of a set or of a text are no frames of version 6, and whoever sends edits knows which it has no words for', () => {
  const edit = (...ops: Edit['ops']): Edit => ({ n: 1, context: { epoch: 'e1', seq: 4 }, ops })
  const record = { collection: 'cards', id: 'c1' } as const
  const removed = edit({ op: 'delete', ...record })
  const restored = edit({ op: 'delete', ...record, id: 'c2' }, { op: 'restore', ...record })
  const labelled = edit({ op: 'update', ...record, fields: { labels: { items: { add: ['late'] } } } })
  const typed = edit({
    op: 'update',
    ...record,
    fields: { notes: { text: { patches: [[0, '', 'Hallo', '']] } } },
  })
  for (const said of [restored, labelled, typed]) {
    const text = JSON.stringify(['push', 0, [said]])
    expect(decodeUp(text, 6)).toMatchObject({ ok: false, error: { code: 'bad-frame' } })
    expect(decodeUp(text, 7)).toMatchObject({ ok: true })
  }
  const edits = [removed, restored, labelled, typed]
  const sayable = (version: number) => edits.map((one) => saysEdit(version, one))
  expect([sayable(6), sayable(7)]).toEqual([
    [true, false, false, false],
    [true, true, true, true],
  ])
})

it('NTF-24 version 6 tells an upsert as an insert, and takes none', () => {
  const op = { op: 'insert', collection: 'cards', id: 'c1', values: { title: 'x' } } as const
  const push = (more: object): Up => [
    'push',
    0,
    [{ n: 1, context: { epoch: 'e1', seq: 4 }, ops: [{ ...op, ...more }] }],
  ]
  const told = encodeUp(push({ upsert: true, blind: true, asOf: { title: 3 } }), 6)
  expect(JSON.parse(told)).toEqual(push({}))
  expect(decodeUp(told, 6)).toMatchObject({ ok: true })
  expect(decodeUp(JSON.stringify(push({ upsert: true })), 6)).toMatchObject({ ok: false })
  expect(decodeUp(JSON.stringify(push({ upsert: true })), 7)).toMatchObject({ ok: true })
})

it.each([6, 7])(
  'PRO-26 version %i is told nothing of the clock, and says nothing of what it measured',
  (version) => {
    const frame = welcome({ kind: 'lww' })
    expect(encodeDown([frame[0], { ...frame[1], now: 5 }], version)).toBe(encodeDown(frame, version))
    const rows: Down = ['rows', 1, 2, [[0, [], [['c1', 1, 'x']], []]]]
    expect(encodeDown(['rows', 1, 2, rows[3], 5], version)).toBe(encodeDown(rows, version))
    expect(decodeUp('["metrics",{"bytes":1}]', version)).toMatchObject({ error: { code: 'unknown-kind' } })
    expect(decodeUp('["metrics",{"bytes":1}]', 8)).toMatchObject({ ok: true })
  },
)
