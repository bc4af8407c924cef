import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import type { Peer as Other } from '../../../src/protocol/down/peers.ts'
import { MAX_PLACES, MAX_PLACES_FOLLOWED, MAX_PRESENCE_BYTES } from '../../../src/protocol/limits.ts'
import type { Presence } from '../../../src/protocol/presence.ts'
import { newClient, newTenant, Peer, type Person } from '../support/peer.ts'
import { assignee, card, change } from '../support/samples.ts'
import { objectOf } from '../support/tenant-world.ts'

const at = (id: string, more: { field?: string; cursor?: [number, number] } = {}) => ({
  collection: 'cards',
  id,
  ...more,
})

const CARDS = { collection: 'cards' }

/** Who is told of, as all frames so far come to. */
function known(peer: Peer): Map<string, Other> {
  const peers = new Map<string, Other>()
  for (const frame of peer.frames) {
    if (frame[0] !== 'peers') continue
    if (frame[1].all) peers.clear()
    for (const one of frame[1].peers ?? []) peers.set(one.subject, one)
    for (const subject of frame[1].gone ?? []) peers.delete(subject)
  }
  return peers
}

const say = (peer: Peer, { at: places = [], of = [] }: Partial<Presence>) =>
  peer.send(['presence', { at: places, of }])

async function sees(peer: Peer, places: Record<string, Other['places']>): Promise<void> {
  const shown = () => Object.fromEntries([...known(peer)].map(([subject, other]) => [subject, other.places]))
  await peer.until(
    `to see ${JSON.stringify(places)}`,
    () => JSON.stringify(shown()) === JSON.stringify(places),
  )
}

async function enter(person: Person): Promise<Peer> {
  const peer = await Peer.open(person)
  await peer.hello()
  return peer
}

/** Ada, who has made an open card and a draft, and others who follow all cards. */
async function room(name: string, ...others: Partial<Person>[]) {
  const tenant = newTenant(name)
  const ada = await Peer.join({ sub: 'ada', tenant, name: 'Ada' })
  await ada.push(ada.edit(assignee(), card('c1', { status: 'open' }), card('d1')))
  const peers: Peer[] = []
  for (const [i, other] of others.entries()) {
    const peer = await enter({ sub: `other-${i}`, tenant, ...other })
    say(peer, { of: [CARDS] })
    await peer.next('peers')
    peers.push(peer)
  }
  return { tenant, ada, peers, first: peers[0] ?? ada }
}

describe('people in one tenant', () => {
  it('PRS-1 are told who is where, by the verified token and by no word of the client', async () => {
    const { ada, first } = await room('stamped', {})
    ada.sendText(
      JSON.stringify([
        'presence',
        { at: [{ ...at('c1'), subject: 'eve', name: 'Eve' }], of: [], subject: 'eve' },
      ]),
    )
    await sees(first, { ada: [at('c1')] })
    expect(known(first).get('ada')).toEqual({
      subject: 'ada',
      name: 'Ada',
      claims: { role: 'owner' },
      places: [at('c1')],
    })
  })

  it('PRS-1 without a claim that is a name somebody goes by their subject', async () => {
    const { tenant, first } = await room('nameless', {})
    say(await enter({ sub: 'nn', tenant }), { at: [at('c1')] })
    await sees(first, { nn: [at('c1')] })
    expect(known(first).get('nn')?.name).toBe('nn')
  })

  it('PRS-2 are one peer each, with the places of all their tabs, and none to themselves', async () => {
    const { tenant, ada, first } = await room('tabs', {})
    const tab = await enter({ sub: 'ada', tenant, name: 'Ada' })
    say(ada, { at: [at('c1')], of: [CARDS] })
    say(tab, { at: [at('c1'), at('d1')], of: [CARDS] })
    await sees(first, { ada: [at('c1'), at('d1')] })
    tab.close()
    await sees(first, { ada: [at('c1')] })
    expect(known(ada).size).toBe(0)
  })

  it('PRS-3 are told what changed: who came, who moved, who left', async () => {
    const { ada, first, tenant } = await room('news', {})
    say(ada, { at: [at('c1')] })
    await sees(first, { ada: [at('c1')] })
    const cleo = await enter({ sub: 'cleo', tenant })
    say(cleo, { at: [at('d1')] })
    await sees(first, { ada: [at('c1')], cleo: [at('d1')] })
    say(ada, { at: [at('c1', { field: 'notes', cursor: [3, 5] })] })
    await sees(first, { ada: [at('c1', { field: 'notes', cursor: [3, 5] })], cleo: [at('d1')] })
    cleo.close()
    await sees(first, { ada: [at('c1', { field: 'notes', cursor: [3, 5] })] })
    const told = first.frames.flatMap((frame) => (frame[0] === 'peers' ? [frame[1]] : []))
    const names = told.map(({ all, peers = [], gone = [] }) => [all, peers.map((p) => p.subject), gone])
    expect(names).toEqual([
      [true, [], []],
      [undefined, ['ada'], []],
      [undefined, ['cleo'], []],
      [undefined, ['ada'], []],
      [undefined, [], ['cleo']],
    ])
  })

  it('PRS-4 are told of a flood what it comes to, and nobody is held up by it', async () => {
    const { ada, first } = await room('flood', {})
    for (let i = 0; i <= 2_000; i++) say(ada, { at: [at('c1', { field: 'notes', cursor: [i, i] })] })
    await sees(first, { ada: [at('c1', { field: 'notes', cursor: [2_000, 2_000] })] })
    const told = first.frames.filter(([kind]) => kind === 'peers').length
    // At most ten a second; whatever the machine, far fewer than came.
    expect(told).toBeLessThan(500)
    expect(ada.closed).toBeUndefined()
    await ada.push(ada.edit(change('c1', { notes: { set: 'still here' } })))
  })

  it('PRS-5 know of a record only who is at one that they may read, when they are told', async () => {
    const { ada, peers } = await room('rights', { role: 'viewer' }, { role: 'editor' })
    const [viewer, editor] = peers
    if (!viewer || !editor) throw new Error('both are there')
    say(ada, { at: [at('d1'), at('absent')] })
    await sees(editor, { ada: [at('d1')] })
    expect(viewer.frames.filter(([kind]) => kind === 'peers')).toHaveLength(1)
    expect(viewer.texts.join()).not.toContain('"d1"')

    // The draft is opened: it may be read now, and so may who is there; deleted, nobody is there.
    await ada.push(ada.edit(change('d1', { status: { set: 'open' } })))
    await sees(viewer, { ada: [at('d1')] })
    await ada.push(ada.edit({ op: 'delete', collection: 'cards', id: 'd1' }))
    await sees(viewer, {})
    await sees(editor, {})
  })

  it('PRS-5 know nothing of a field that is hidden from them', async () => {
    const { ada, peers } = await room('hidden', { role: 'viewer' }, { role: 'editor' })
    const [viewer, editor] = peers
    if (!viewer || !editor) throw new Error('both are there')
    const inNotes = at('c1', { field: 'notes', cursor: [1, 1] })
    say(ada, { at: [at('c1'), inNotes] })
    await sees(editor, { ada: [at('c1'), inNotes] })
    await sees(viewer, { ada: [at('c1')] })
    say(ada, { at: [at('c1'), at('c1', { field: 'notes', cursor: [2, 2] })] })
    await sees(editor, { ada: [at('c1'), at('c1', { field: 'notes', cursor: [2, 2] })] })
    expect(viewer.frames.filter(([kind]) => kind === 'peers')).toHaveLength(2)
    expect(viewer.texts.filter((text) => text.startsWith('["peers"')).join()).not.toContain('notes')
  })

  it('PRS-5 are nowhere that they may not read themselves', async () => {
    const { tenant, first } = await room('own-rights', {})
    const viewer = await enter({ sub: 'vic', tenant, role: 'viewer' })
    say(viewer, { at: [at('d1'), at('c1', { field: 'notes' })] })
    await sees(first, { vic: [at('c1')] })
  })

  it('PRS-6 meet in places that the application makes up, and never another tenant', async () => {
    const { tenant, ada } = await room('lobby')
    const other = await enter({ sub: 'ben', tenant, role: 'viewer' })
    const stranger = await enter({ sub: 'ben', tenant: newTenant('elsewhere') })
    for (const peer of [other, stranger]) say(peer, { of: ['lobby'] })
    await stranger.next('peers')
    say(ada, { at: ['lobby', 'kitchen'] })
    await sees(other, { ada: ['lobby'] })
    expect(known(stranger).size).toBe(0)
  })

  it('PRS-9 who signs out, closes or says so is gone at once', async () => {
    const { ada, first } = await room('leaving', {})
    say(ada, { at: [at('c1')] })
    await sees(first, { ada: [at('c1')] })
    say(ada, {})
    await sees(first, {})
    say(ada, { at: [at('c1')] })
    await sees(first, { ada: [at('c1')] })
    ada.close()
    await sees(first, {})
  })
})

const tooMany = Array.from({ length: Math.max(MAX_PLACES, MAX_PLACES_FOLLOWED) + 1 }, (_, i) => `place ${i}`)

const MISTAKES: readonly [string, string, Partial<Presence>][] = [
  ['a collection that there is not', 'unknown-collection', { at: [{ collection: 'cats', id: 'c1' }] }],
  ['a followed one', 'unknown-collection', { of: [{ collection: 'cats' }] }],
  ['a field that there is not', 'unknown-column', { at: [at('c1', { field: 'tail' })] }],
  ['an id that is none', 'bad-value', { at: [at('a\nb')] }],
  ['a place without a name', 'bad-value', { at: [''] }],
  ['a cursor in no field', 'bad-value', { at: [at('c1', { cursor: [0, 0] })] }],
  [
    'a cursor that ends before it begins',
    'bad-value',
    { at: [at('c1', { field: 'notes', cursor: [2, 1] })] },
  ],
  ['too many places', 'bad-value', { at: tooMany }],
  ['too many followed', 'bad-value', { of: tooMany }],
  [
    'more bytes',
    'bad-value',
    { of: Array.from({ length: 16 }, (_, i) => `${i}${'ä'.repeat(MAX_PRESENCE_BYTES / 32)}`) },
  ],
]

it.each(MISTAKES)('PRS-7 %s is answered with %s and changes nothing', async (_, code, said) => {
  const { ada, first } = await room('mistakes', {})
  say(ada, { at: [at('c1')] })
  await sees(first, { ada: [at('c1')] })
  say(ada, said)
  expect((await ada.next('error'))[1]).toMatchObject({ code, ref: 'presence' })
  say(first, { at: ['lobby'], of: [CARDS] })
  await ada.push(ada.edit(change('c1', { notes: { set: 'on' } })))
  await sees(first, { ada: [at('c1')] })
  expect(ada.closed).toBeUndefined()
})

describe('the object', () => {
  /** All that it keeps in storage, as text, but for how far Postgres is, which it learns by itself, and its counts. */
  const stored = (tenant: string) =>
    runInDurableObject(objectOf(tenant), (_, { storage: { sql } }) => {
      const tables = sql
        .exec<{ name: string }>(
          "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '_cf%'",
        )
        .toArray()
      const rows = tables.flatMap(({ name }) =>
        sql.exec(`SELECT '${name}' AS "table", * FROM "${name}"`).toArray(),
      )
      const ofOthers = ['committed', 'cursor', 'pruned', 'told-manifest', 'metrics', 'metrics_told']
      return rows
        .filter(({ key }) => !ofOthers.includes(String(key)))
        .map((row) => JSON.stringify({ ...row, committed: null }))
    })

  it('PRS-8 stores nothing of it, and its log has nothing of it', async () => {
    const { tenant, ada, first } = await room('unstored', {})
    await ada.committed(1)
    const before = await stored(tenant)
    for (let i = 0; i < 20; i++) {
      say(ada, { at: [at('c1', { field: 'notes', cursor: [i, i] })] })
      await sees(first, { ada: [at('c1', { field: 'notes', cursor: [i, i] })] })
    }
    say(ada, {})
    await sees(first, {})
    expect(await stored(tenant)).toEqual(before)
  })

  it('PRS-14 after a sleep goes on from what its sockets hold', async () => {
    const { tenant, ada, first } = await room('sleep', {})
    say(ada, { at: [at('c1')] })
    await sees(first, { ada: [at('c1')] })
    await evictDurableObject(objectOf(tenant), { webSockets: 'hibernate' })
    const frames = first.frames.length
    const cleo = await enter({ sub: 'cleo', tenant })
    say(cleo, { at: [at('c1')] })
    await sees(first, { ada: [at('c1')], cleo: [at('c1')] })
    // Only what was new was told: who had been told of is not told again.
    const told = first.frames.slice(frames).flatMap((frame) => (frame[0] === 'peers' ? [frame[1]] : []))
    expect(told.flatMap(({ peers = [] }) => peers.map(({ subject }) => subject))).toContain('cleo')

    await evictDurableObject(objectOf(tenant), { webSockets: 'hibernate' })
    ada.close()
    await sees(first, { cleo: [at('c1')] })
  })

  it('PRS-15 tells a page of version 6 nothing, whose words know of nothing', async () => {
    const { tenant, ada, first } = await room('older', {})
    const older = await Peer.open({ sub: 'old', tenant }, newClient(), 6)
    await older.hello()
    say(ada, { at: [at('c1')] })
    await sees(first, { ada: [at('c1')] })
    older.sendText(JSON.stringify(['presence', { at: [], of: [] }]))
    expect(await older.untilClosed()).toMatchObject({ reason: 'unknown-kind' })
    expect(older.texts.some((text) => text.startsWith('["peers"'))).toBe(false)
  })
})
